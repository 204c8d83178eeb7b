package job

import (
	"slices"
	"strings"
	"testing"
)

// A character encoder that is off changes neither the hash nor the written job. conv changes both,
// and the written job is the same job.
func TestCharKeys(t *testing.T) {
	defer func(before []encoderKind) { encoders = before }(encoders)
	encoders = append(slices.Clip(encoders), encoderKind{Name: "plain-words"})
	parse := func(encoder string) (*Job, error) { return Parse("a.yaml", []byte(featuresBase+encoder), nil) }
	without, err := parse("")
	if err != nil {
		t.Fatal(err)
	}
	off, err := parse("encoder: {char: {kind: off}}")
	if err != nil || off.Hash() != without.Hash() || strings.Contains(string(off.YAML()), "char:") {
		t.Errorf("char.kind: off is another job (%v):\n%s", err, off.YAML())
	}
	var hashes []string
	for text, inputs := range map[string][]string{
		"encoder: {char: {kind: conv}}":                        {"features", "characters"},
		"encoder: {char: {kind: conv, dim: 25}}":               {"features", "characters"},
		"encoder: {char: {kind: conv, filters: 53}}":           {"features", "characters"},
		"encoder: {char: {kind: conv, width: 5}}":              {"features", "characters"},
		"encoder: {word: {features: off}, char: {kind: conv}}": {"characters"},
	} {
		j, err := parse(text)
		if err != nil || slices.Contains(append(hashes, without.Hash()), j.Hash()) {
			t.Fatalf("%s has the hash of another job (%v)", text, err)
		}
		hashes = append(hashes, j.Hash())
		if again, err := Parse("a.yaml", j.YAML(), nil); err != nil || again.Hash() != j.Hash() {
			t.Errorf("the written job is another one (%v):\n%s", err, j.YAML())
		}
		if got := j.Encoder.Inputs(); !slices.Equal(got, inputs) {
			t.Errorf("%s: inputs %q, want %q", text, got, inputs)
		}
	}
	for text, want := range map[string]string{
		"encoder: {char: {kind: on}}": `a.yaml:3:24: encoder.char.kind is "on": write one of off, conv`,
		"encoder: {kind: plain-words, char: {kind: conv}}": "a.yaml:3:43: the encoder plain-words does not read " +
			"characters beside words: set it to off",
		"encoder: {char: {dim: 0}}":        "a.yaml:3:23: encoder.char.dim is 0: write at least 1",
		"encoder: {char: {filters: 5000}}": "a.yaml:3:27: encoder.char.filters is 5000: write at most 4096",
		"encoder: {char: {width: 4}}":      "a.yaml:3:25: encoder.char.width is 4: write an odd number from 1 to 15",
	} {
		if _, err := parse(text); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}
