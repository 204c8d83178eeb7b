package worker

import (
	"path/filepath"
	"strings"
	"testing"

	"braid/data"
	"braid/job"
)

// A vocabulary without the encoder's inputs, and a split with ids of another vocabulary, are refused
// before a model is made of them.
func TestForeignDataAreRefused(t *testing.T) {
	prepare := func(features string) (*job.Job, *data.Prepared) {
		j, err := job.Load(filepath.Join("..", "cmd", "braid", "testdata", "tiny", "tiny.yaml"),
			"encoder.word.features="+features)
		if err != nil {
			t.Fatal(err)
		}
		p, _, err := data.Prepare(t.Context(), j, nil)
		if err != nil {
			t.Fatal(err)
		}
		return j, p
	}
	j, p := prepare(job.FeaturesHashed)
	_, other := prepare(job.FeaturesOff)
	if err := check(j, p); err != nil {
		t.Error(err)
	}
	if err := new(jobState).foreign(j, other); err == nil || !strings.Contains(err.Error(), `reads ["features"]`) {
		t.Errorf("a vocabulary without features: %v", err)
	}
	p.Sets[0].Dev.Words[0] = uint32(p.Vocab.Len())
	if err := new(jobState).foreign(j, p); err == nil || !strings.Contains(err.Error(), "dev of made: data: id ") {
		t.Errorf("a word of another vocabulary: %v", err)
	}
}

func (j *jobState) foreign(of *job.Job, d *data.Prepared) error {
	j.job = of
	return j.build(d, 1)
}
