package train_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"braid/model"
	"braid/train"
)

// vectorsText has vectors of half of the words of smallJob, and of one that training lacks.
func vectorsText() string {
	var b strings.Builder
	for _, word := range []string{"word2", "word4", "word6", "word8", "word12", "name2", "name4", "other"} {
		b.WriteString(word)
		for d := range 6 {
			fmt.Fprintf(&b, " %g", 0.125*float64((len(word)+int(word[len(word)-1])*(d+3))%7-3))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// prepareVectors is prepare for a job with vectors. It returns the path of their file, too.
func prepareVectors(t *testing.T, overrides ...string) (small, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vectors.txt")
	if err := os.WriteFile(path, []byte(vectorsText()), 0o644); err != nil {
		t.Fatal(err)
	}
	return prepare(t, append([]string{"encoder.word.vectors.file=" + path}, overrides...)...), path
}

// moved returns the words of a trained model whose rows differ from those before the first step.
func moved(t *testing.T, s small, dir string) (words []string) {
	t.Helper()
	b, err := model.LoadBundle(dir)
	if err != nil {
		t.Fatal(err)
	}
	start, dim := s.Arch.Start(), s.Job.Encoder.Word.Dim
	for i, g := range start.Groups {
		if g.Name != "word" {
			continue
		}
		for row := range len(g.Data) / dim {
			if !slices.Equal(g.Data[row*dim:(row+1)*dim], b.Params.Groups[i].Data[row*dim:(row+1)*dim]) {
				words = append(words, s.Data.Vocab.Word(uint32(row)))
			}
		}
	}
	return words
}

// Training changes the rows of words with a vector only if they are tuned, and after tune_after
// steps. It changes the rows of other words in any case, and those of words that it does not have
// in none. Threads do not change the model, and the model directory needs no file of vectors.
func TestVectorsInTraining(t *testing.T) {
	decay := []string{"training.optimizer.kind=adamw", "training.optimizer.weight_decay=0.1"}
	for _, c := range []struct {
		name      string
		overrides []string
		tuned     bool
	}{
		{"tuned", nil, true},
		{"seen", []string{"keep=seen"}, true},
		{"frozen", []string{"update=frozen"}, false},
		{"before tune_after", []string{"tune_after=1000"}, false},
		{"after tune_after", []string{"tune_after=3"}, true},
	} {
		for _, mode := range [][]string{nil, decay, append([]string{"encoder.word.update=dense"}, decay...),
			{"training.precision=bf16", "training.mode=joint"}} {
			overrides := append([]string{"training.evaluate_every=24"}, mode...)
			for _, o := range c.overrides {
				overrides = append(overrides, "encoder.word.vectors."+o)
			}
			if strings.Contains(c.name, "after") && slices.Contains(mode, "encoder.word.update=dense") {
				continue // refused
			}
			t.Run(c.name+" "+strings.Join(mode, " "), func(t *testing.T) {
				s, file := prepareVectors(t, overrides...)
				dir := t.TempDir()
				want := s.train(t, filepath.Join(dir, "one"), 1)
				if got := s.train(t, filepath.Join(dir, "three"), 3); got.ModelSHA256 != want.ModelSHA256 {
					t.Errorf("3 threads give model %.12s, 1 gives %.12s", got.ModelSHA256, want.ModelSHA256)
				}
				if err := os.Remove(file); err != nil {
					t.Fatal(err)
				}
				words := moved(t, s, filepath.Join(dir, "one"))
				for word, want := range map[string]bool{"word2": c.tuned, "name2": c.tuned, "word1": true, "name1": true,
					"other": false} {
					if got := slices.Contains(words, word); got != want {
						t.Errorf("the row of %s has changed: %v, want %v", word, got, want)
					}
				}
			})
		}
	}
}

// Rows without a vector start with numbers of the vectors' variance.
func TestOtherRowsHaveTheVariance(t *testing.T) {
	s, _ := prepareVectors(t, "encoder.word.vectors.scale=10")
	start, dim := s.Arch.Start(), s.Job.Encoder.Word.Dim
	sum, n, largest := 0.0, 0, 0.0
	for _, g := range start.Groups {
		if g.Name != "word" {
			continue
		}
		for row := range len(g.Data) / dim {
			given := s.Data.Vectors.Row(uint32(row))
			for i, x := range g.Data[row*dim : (row+1)*dim] {
				if given != nil && given[i] != x {
					t.Fatalf("%s starts with %v, want %v", s.Data.Vocab.Word(uint32(row)), x, given[i])
				}
				if given == nil {
					sum, n, largest = sum+float64(x*x), n+1, max(largest, math.Abs(float64(x)))
				}
			}
		}
	}
	if got := sum / float64(n); math.Abs(got/s.Data.Vectors.Variance-1) > 0.3 || largest > s.Data.Vectors.Bound() {
		t.Errorf("variance %v of %d numbers up to %v, want %v", got, n, largest, s.Data.Vectors.Variance)
	}
}

// A run is not resumed with another file of vectors. With the same one it gives the same model.
func TestResumeWithVectors(t *testing.T) {
	s, file := prepareVectors(t, "encoder.word.vectors.update=frozen")
	want := s.train(t, filepath.Join(t.TempDir(), "whole"), 2)
	dir := filepath.Join(t.TempDir(), "run")
	if _, err := train.Run(t.Context(), s.config(dir, &faulty{Fleet: s.fleet(2), left: 13,
		fail: func() error { return errKilled }})); err == nil {
		t.Fatal("the fleet did not fail")
	}
	if err := os.WriteFile(file, []byte(vectorsText()+"more 1 1 1 1 1 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	other, err := train.Open(t.Context(), s.Job, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = train.Run(t.Context(), small{other}.config(dir, s.fleet(2)))
	if err == nil || !strings.Contains(err.Error(), "encoder.word.vectors.file is another file") {
		t.Errorf("resumed with another file: %v", err)
	}
	if got := s.train(t, dir, 2); got.ModelSHA256 != want.ModelSHA256 {
		t.Errorf("resumed: model %.12s, want %.12s", got.ModelSHA256, want.ModelSHA256)
	}
}
