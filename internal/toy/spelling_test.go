package toy

import (
	"maps"
	"path/filepath"
	"testing"

	"braid/model"
)

// Two words that training does not have, of the same shape, have the same answer with words
// alone and different answers with their spelling, also after a model was saved and loaded.
func TestSpellingOfUnknownWords(t *testing.T) {
	for kind, differ := range map[string]bool{"lstm": false, "spelling": true} {
		dir := t.TempDir()
		local(t, load(t, "encoder.kind="+kind, "encoder.word.dim=12", "training.steps=20"), dir)
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
			t.Errorf("encoder %s: %v and %v", kind, x, y)
		}
	}
}
