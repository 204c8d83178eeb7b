package job

import (
	"strings"
	"testing"
)

// A written job of an earlier version lacks later keys. ParseWritten gives them their neutral values,
// also where the default differs.
func TestWrittenJobOfAnEarlierVersion(t *testing.T) {
	const text = featuresBase + "encoder: {word: {dim: 7}}\n"
	j, err := ParseWritten("a.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	w, defaults := j.Encoder.Word, defaults().Encoder.Word
	if w.Features != FeaturesOff || w.Digits != "normalise" || w.Dim != 7 || w.Dropout != defaults.Dropout {
		t.Errorf("read as %+v", w)
	}
	if d, decoder := j.Data[0], j.Tasks[0].Decoder; d.Tokenizer != "unicode" || decoder != "linear" {
		t.Errorf("read as %+v with the decoder %q", d, decoder)
	}
	j, err = ParseWritten("a.yaml", []byte(text), []string{"encoder.word.digits=keep"})
	if err != nil || j.Encoder.Word.Digits != "keep" {
		t.Errorf("a value of --set is lost: %+v, %v", j.Encoder.Word, err)
	}
	for _, features := range []string{FeaturesOff, FeaturesHashed} {
		j, err := Parse("a.yaml", []byte(text), []string{"encoder.word.features=" + features, "data.d.tokenizer=space"})
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseWritten("a.yaml", j.YAML(), nil)
		if err != nil || again.Hash() != j.Hash() || again.Encoder.Word.Features != features {
			t.Errorf("features %s: the written job is another one (%v):\n%s", features, err, j.YAML())
		}
	}
	if _, err := LoadWritten("no such file"); err == nil || !strings.Contains(err.Error(), "check the path") {
		t.Error(err)
	}
}
