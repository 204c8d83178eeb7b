package job

import (
	"slices"
	"strings"
	"testing"
)

const featuresBase = "data: {d: {format: jsonl, train: t}}\ntasks: [{name: a, kind: regression, field: f}]\n"

// Features are hashed unless the job or its encoder has them off. Those that are off have the hash
// from before features existed. A written job is the same job.
func TestFeaturesKey(t *testing.T) {
	defer func(before []encoderKind) { encoders = before }(encoders)
	encoders = append(slices.Clip(encoders), encoderKind{Name: "plain-words", inputs: []string{"characters"}})
	parse := func(encoder string) (*Job, error) { return Parse("a.yaml", []byte(featuresBase+encoder), nil) }
	without, err := parse("")
	if err != nil {
		t.Fatal(err)
	}
	hashed, err := parse("encoder: {word: {features: hashed}}")
	if err != nil || hashed.Hash() != without.Hash() {
		t.Errorf("features: hashed is not the default (%v)", err)
	}
	off, err := parse("encoder: {word: {features: off}}")
	if err != nil || off.Hash() == without.Hash() || strings.Contains(off.hashed(), "features") {
		t.Fatalf("features: off is in the hash (%v):\n%s", err, off.hashed())
	}
	for _, j := range []*Job{off, hashed} {
		again, err := Parse("a.yaml", j.YAML(), nil)
		if err != nil || again.Hash() != j.Hash() {
			t.Errorf("the written job is another one (%v):\n%s", err, j.YAML())
		}
	}
	if got := off.Encoder.Inputs(); len(got) > 0 {
		t.Errorf("inputs %q without features", got)
	}
	plain, err := parse("encoder: {kind: plain-words}")
	if err != nil || plain.Encoder.Word.Features != FeaturesOff {
		t.Errorf("features of an encoder that does not read them: %q (%v)", plain.Encoder.Word.Features, err)
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
