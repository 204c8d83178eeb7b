package job

import (
	"slices"
	"strings"
	"testing"
)

// Columns are part of the hash, of the written job and of the inputs, and --set reaches them by
// field.
func TestColumnsKey(t *testing.T) {
	defer func(before []encoderKind) { encoders = before }(encoders)
	encoders = append(slices.Clip(encoders), encoderKind{Name: "plain-words"})
	parse := func(encoder string, set ...string) (*Job, error) {
		return Parse("a.yaml", []byte(featuresBase+"encoder: {"+encoder+"}"), set)
	}
	hashes := map[string]bool{}
	for _, c := range []struct {
		text string
		set  []string
	}{
		{"word: {features: off}", nil},
		{"word: {features: off}, columns: [{field: pos}]", nil},
		{"word: {features: off}, columns: [{field: chunk}]", nil},
		{"word: {features: off}, columns: [{field: pos}, {field: chunk}]", nil},
		{"word: {features: off}, columns: [{field: pos, dim: 7}]", nil},
		{"word: {features: off}, columns: [{field: pos, dim: 7, unknown: 0.2}]", nil},
		{"word: {features: off}, columns: [{field: pos}]", []string{"encoder.columns.pos.dim=9"}},
	} {
		j, err := parse(c.text, c.set...)
		if err != nil || hashes[j.Hash()] {
			t.Fatalf("%s %q has the hash of another job (%v)", c.text, c.set, err)
		}
		hashes[j.Hash()] = true
		for _, read := range []func(string, []byte, []string) (*Job, error){Parse, ParseWritten} {
			again, err := read("a.yaml", j.YAML(), nil)
			if err != nil || again.Hash() != j.Hash() || !slices.Equal(again.Encoder.Columns, j.Encoder.Columns) {
				t.Errorf("the written job is another one (%v):\n%s", err, j.YAML())
			}
		}
		if got := j.Encoder.Inputs(); len(got) != strings.Count(c.text, "field") || len(got) > 0 &&
			!strings.HasPrefix(got[0], "column.") {
			t.Errorf("%s: inputs %q", c.text, got)
		}
	}
	j, err := parse("columns: [{field: pos}]")
	if err != nil || j.Encoder.Columns[0] != (Column{"pos", 20, 0.01}) {
		t.Errorf("defaults: %+v, %v", j.Encoder.Columns, err)
	}
	for text, want := range map[string]string{
		"columns: [{dim: 3}]": "a.yaml:3:21: a column of the encoder has no field: add `field: NAME`, the field of the " +
			"data that has a value per word",
		"columns: [{field: f}]": `task a must find the column "f": remove the column or the task`,
		"columns: [{field: text}]": `the column "text" is that of the words of the data set d: ` +
			"name another field",
		"columns: [{field: p}, {field: p}]": `two columns have the field "p": remove one`,
		"columns: [{field: p, dim: 0}]":     "encoder.columns[0].dim is 0: write at least 1",
		"columns: [{field: p, unknown: 1}]": "encoder.columns[0].unknown is 1: write a probability from 0 to " +
			"below 1",
		"kind: plain-words, columns: [{field: p}]": "the encoder plain-words does not read columns next to words: " +
			"remove them",
		"columns: [" + strings.Repeat("{field: p},", 17) + "]": "encoder.columns has 17 columns: name at most 16",
	} {
		if _, err := parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}
