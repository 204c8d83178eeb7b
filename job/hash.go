package job

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"
)

// Hash identifies what decides the result beside the data's contents: all of the job but
// where its files lie and how the cluster runs it. Precision is part of it.
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
	c := *j
	c.Cluster = Cluster{Precision: j.Cluster.Precision}
	c.Data = nil
	for _, d := range j.Data {
		d.Train, d.Dev, d.Test = "", "", ""
		c.Data = append(c.Data, d)
	}
	var b strings.Builder
	printer{short: true}.structure(&b, reflect.ValueOf(c), "")
	return b.String()
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
