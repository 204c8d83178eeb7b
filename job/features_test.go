package job

import (
	"slices"
	"strings"
	"testing"
)

const featuresBase = "data: {d: {format: jsonl, train: t}}\ntasks: [{name: a, kind: regression, field: f}]\n"

// Features that are off change neither the hash nor the written job. hashed changes both, and
// the written job is the same job.
func TestFeaturesKey(t *testing.T) {
	defer func(before []encoderKind) { encoders = before }(encoders)
	encoders = append(slices.Clip(encoders), encoderKind{Name: "plain-words", inputs: []string{"characters"}})
	parse := func(encoder string) (*Job, error) { return Parse("a.yaml", []byte(featuresBase+encoder), nil) }
	without, err := parse("")
	if err != nil {
		t.Fatal(err)
	}
	off, err := parse("encoder: {word: {features: off}}")
	if err != nil || off.Hash() != without.Hash() || strings.Contains(string(off.YAML()), "features:") {
		t.Errorf("features: off is another job (%v):\n%s", err, off.YAML())
	}
	hashed, err := parse("encoder: {word: {features: hashed}}")
	if err != nil || hashed.Hash() == without.Hash() {
		t.Fatalf("features: hashed has the hash of the job without (%v)", err)
	}
	again, err := Parse("a.yaml", hashed.YAML(), nil)
	if err != nil || again.Hash() != hashed.Hash() {
		t.Errorf("the written job is another one (%v):\n%s", err, hashed.YAML())
	}
	if got := without.Encoder.Inputs(); len(got) > 0 {
		t.Errorf("inputs %q without features", got)
	}
	if got := hashed.Encoder.Inputs(); !slices.Equal(got, []string{"features"}) {
		t.Errorf("inputs %q with features", got)
	}
	for text, want := range map[string]string{
		"encoder: {word: {features: on}}": `a.yaml:3:28: encoder.word.features is "on": write one of off, hashed`,
		"encoder: {kind: plain-words, word: {features: hashed}}": "a.yaml:3:47: the encoder plain-words does not read " +
			"features of words: set it to off",
	} {
		if _, err := parse(text); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
	other := Encoder{Kind: "plain-words", Word: Word{Features: FeaturesHashed}}
	if got := other.Inputs(); !slices.Equal(got, []string{"characters"}) {
		t.Errorf("inputs %q of an encoder that reads no features", got)
	}
}
