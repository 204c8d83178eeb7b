package job

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"
)

// rules is the version of the rules by which a job gives a model: random keys, initial
// values, counting of words. A version of Braid that gives another model for some job must
// have another number. It then refuses to resume runs of earlier versions.
//
//	1  random keys by index
//	2  random keys by name
//	3  shapes of unknown words for text; rare words of any min_count are replaced
const rules = 3

// Hash returns the SHA-256, in hex, of everything that decides the result except the
// contents of the data: the rules and all keys of the job without the tag `hash:"-"`. The
// keys with that tag are paths and the cluster part.
//
// A key that a later version of Braid adds must have a struct tag with its neutral value, as
// `neutral:"0"`: the value that gives the results from before the key existed. The hashed
// text leaves out a key that has its neutral value, so a new key does not change the hashes
// of existing jobs, and their runs and checkpoints stay valid.
func (j *Job) Hash() string {
	sum := sha256.Sum256([]byte(j.hashed()))
	return hex.EncodeToString(sum[:])
}

// hashed returns the text whose SHA-256 is the job's hash.
func (j *Job) hashed() string {
	var b strings.Builder
	fmt.Fprintf(&b, "rules: %d\n", rules)
	printer{short: true}.structure(&b, reflect.ValueOf(*j), "")
	return b.String()
}

// isHashed reports whether a field with this value is part of the hashed text.
func isHashed(f reflect.StructField, v reflect.Value) bool {
	return f.Tag.Get("hash") != "-" && !isNeutral(f, v)
}

// isOmitted reports whether YAML leaves a key out: the key has the tag `omit:"neutral"` and
// its neutral value, which is also its default. An earlier version of Braid, which does not
// know the key, can then read the job.
func isOmitted(f reflect.StructField, v reflect.Value) bool {
	return f.Tag.Get("omit") == "neutral" && isNeutral(f, v)
}

// isNeutral reports whether a field has the neutral value of its tag. A list or a map needs
// no tag: an empty one is never written. It panics if the tag's text is not a value of the
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
