package job

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"
)

// rules counts the changes to what a job gives: random keys, first values, how words are
// counted. A version of Braid that gives another model for some job has another number, so
// it refuses to go on with a run that an older version began.
//
//	1  random keys by index
//	2  random keys by name
const rules = 2

// Hash identifies what decides the result beside the data's contents: the rules, and all of
// the job but the keys with the tag `hash:"-"`, which say where files lie and how a cluster
// runs the job.
//
// A key that a later version of Braid adds carries a struct tag with its neutral value: the
// one that gives what jobs gave before the key was there, `neutral:"0"`. A key that has its
// neutral value is left out of the hashed text, so the new key leaves the hashes of
// existing jobs, and with them their runs and checkpoints, alone.
func (j *Job) Hash() string {
	sum := sha256.Sum256([]byte(j.hashed()))
	return hex.EncodeToString(sum[:])
}

// hashed is the text whose SHA-256 is the job's hash.
func (j *Job) hashed() string {
	var b strings.Builder
	fmt.Fprintf(&b, "rules: %d\n", rules)
	printer{short: true}.structure(&b, reflect.ValueOf(*j), "")
	return b.String()
}

// isHashed says that a field with this value is part of the hashed text.
func isHashed(f reflect.StructField, v reflect.Value) bool {
	return f.Tag.Get("hash") != "-" && !isNeutral(f, v)
}

// isOmitted reports whether YAML leaves a key out: the key has the tag `omit:"neutral"` and
// its neutral value, which is also its default. An earlier version of Braid, which does not
// know the key, can then read the job.
func isOmitted(f reflect.StructField, v reflect.Value) bool {
	return f.Tag.Get("omit") == "neutral" && isNeutral(f, v)
}

// isNeutral says that a field has the neutral value that its tag declares. A list or a map
// needs no tag: an empty one is never written. Panics if the tag's text is no value of the
// field's type.
func isNeutral(f reflect.StructField, v reflect.Value) bool {
	text, ok := f.Tag.Lookup("neutral")
	if !ok {
		return false
	}
	neutral := reflect.New(f.Type).Elem()
	if err := setScalar(neutral, text); err != nil {
		panic(fmt.Sprintf("job: %s has the neutral value %q: %v", f.Name, text, err))
	}
	return v.Equal(neutral)
}
