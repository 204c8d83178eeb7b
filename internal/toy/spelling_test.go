package toy

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/model"
)

// Two words that training does not have, of the same shape, have the same answer with words
// alone and different answers with their spelling, also after a model was saved and loaded.
func TestSpellingOfUnknownWords(t *testing.T) {
	for setting, differ := range map[string]bool{
		"word.features=off": false, "kind=spelling": true, "word.features=hashed": true,
		"char.kind=conv": true,
	} {
		dir := t.TempDir()
		local(t, load(t, "encoder."+setting, "encoder.word.dim=12", "training.steps=20"), dir)
		b, err := model.LoadBundle(filepath.Join(dir, "model"))
		if err != nil {
			t.Fatal(err)
		}
		if known := b.Vocab.Known(b.Vocab.ID("zzplay")) || b.Vocab.Known(b.Vocab.ID("caizzz")); known {
			t.Fatal("the words are in the vocabulary")
		}
		answers, err := b.Predictor(model.Limits{}).Answer(t.Context(), []model.Text{{Text: "zzplay"}, {Text: "caizzz"}})
		if err != nil {
			t.Fatal(err)
		}
		x, y := answers[0].Tasks[0].Probabilities, answers[1].Tasks[0].Probabilities
		if len(x) == 0 || maps.Equal(x, y) == differ {
			t.Errorf("encoder.%s: %v and %v", setting, x, y)
		}
	}
}

// A model directory whose vocabulary does not have the encoder's inputs is refused.
func TestModelWithoutInputs(t *testing.T) {
	dir := t.TempDir()
	local(t, load(t, "encoder.kind=spelling", "encoder.word.dim=4", "training.steps=1"), dir)
	vocab, sums := filepath.Join(dir, "model", "vocab.json"), filepath.Join(dir, "model", "SHA256SUMS")
	text, err := os.ReadFile(vocab)
	if err != nil {
		t.Fatal(err)
	}
	before, _, found := bytes.Cut(text, []byte(`,"inputs":`))
	if !found {
		t.Fatal("vocab.json has no inputs")
	}
	without := append(bytes.Clone(before), '}')
	list, err := os.ReadFile(sums)
	if err != nil {
		t.Fatal(err)
	}
	list = bytes.Replace(list, fmt.Appendf(nil, "%x", sha256.Sum256(text)),
		fmt.Appendf(nil, "%x", sha256.Sum256(without)), 1)
	for path, text := range map[string][]byte{vocab: without, sums: list} {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := model.LoadBundle(dir); err == nil || !strings.Contains(err.Error(),
		`an encoder that reads ["characters"]`) {
		t.Errorf("%v", err)
	}
}
