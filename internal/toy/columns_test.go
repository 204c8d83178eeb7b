package toy

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/job"
	"braid/model"
)

// columnsJob has words that tell nothing about their tags, and parts of speech that tell all.
func columnsJob(t *testing.T, settings ...string) *job.Job {
	t.Helper()
	dir, r := t.TempDir(), rand.New(rand.NewPCG(8, 9))
	for split, n := range map[job.Split]int{job.Train: 150, job.Dev: 40, job.Test: 40} {
		var b strings.Builder
		for range n {
			for range 2 + r.IntN(6) {
				pos := []string{"NN O", "NNP B-X", "VB O", "DT O"}[r.IntN(4)]
				fmt.Fprintf(&b, "w%d %s\n", r.IntN(30), pos)
			}
			b.WriteByte('\n')
		}
		if err := os.WriteFile(filepath.Join(dir, string(split)), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	j, err := job.Parse(filepath.Join(dir, "job.yaml"), []byte(`
data: {d: {format: conll, columns: [word, pos, tag], train: train, dev: dev, test: test}}
encoder: {word: {dim: 8}, columns: [{field: pos, dim: 4, unknown: 0.1}], lstm: {hidden: 6}}
tasks: [{name: names, kind: tagging, data: d, field: tag}]
training: {batch: 16, shards: 4, epochs: 12, optimizer: {kind: adam, lr: 0.03}, evaluate_every: 30}
`), settings)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// A model that reads a column trains to one hash in one process and on a fleet, learns from the
// column, answers after it was saved and loaded, and refuses texts without the column.
func TestColumnsTrainSaveAndPredict(t *testing.T) {
	for _, settings := range [][]string{
		{"encoder.word.features=off"},
		{"training.precision=bf16", "encoder.char.kind=conv", "tasks.names.decoder=crf"},
	} {
		j, dir := columnsJob(t, settings...), t.TempDir()
		want := local(t, j, dir)
		if got := fleet(t, j, 2); got.ModelSHA256 != want.ModelSHA256 || got.ModelSHA256 == "" {
			t.Errorf("%q: model_sha256 is %s on a fleet and %s in one process", settings, got.ModelSHA256, want.ModelSHA256)
		}
		if f1 := want.Tasks["names"].Test["f1"]; f1 < 0.95 {
			t.Errorf("%q: f1 is %v", settings, f1)
		}
		b, err := model.LoadBundle(filepath.Join(dir, "model"))
		if err != nil {
			t.Fatal(err)
		}
		p, text := b.Predictor(model.Limits{}), model.Joined([]string{"w1", "w1", "new"})
		for values, tags := range map[string]string{"NN NNP VB": "O B-X O", "NNP DT NNP": "B-X O B-X"} {
			text.Columns = [][]string{strings.Fields(values)}
			answers, err := p.Answer(t.Context(), []model.Text{text})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(answers[0].Tasks[0].Tags, " "); got != tags {
				t.Errorf("%q: words with %s are tagged %s, want %s", settings, values, got, tags)
			}
		}
		for want, columns := range map[string][][]string{
			"it has 0 columns next to the words, the model reads 1": nil,
			"1 values of pos for 3 words":                           {{"NN"}},
		} {
			text.Columns = columns
			if _, err := p.Answer(t.Context(), []model.Text{text}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
		}
	}
}
