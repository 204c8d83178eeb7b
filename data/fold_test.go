package data

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/job"
)

// prepareFold reads the lines as the training file of a job with a fold. The dev and test files do not exist.
func prepareFold(t *testing.T, lines []string, fold string) (*Prepared, *Raw, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.jsonl"), []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	j, err := job.Parse(filepath.Join(dir, "job.yaml"), []byte(`data: {d: {format: jsonl, train: a.jsonl, dev: none,
  test: none, fold: `+fold+`}}
tasks: [{name: t, kind: classification, field: l}]
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	return Prepare(t.Context(), j, nil)
}

func foldLines(n int) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf(`{"text":"Text number %d","l":"%d"}`, i%(n/2), i%3))
	}
	return lines
}

// Every example is in dev of exactly one fold and in training of all others, in the order of the file. Equal texts
// are in one fold. Neither the dev file nor the test file is read.
func TestFolds(t *testing.T) {
	const n, folds = 400, 5
	lines := foldLines(n)
	inDev := map[int]int{} // times by line
	for fold := 1; fold <= folds; fold++ {
		p, raw, err := prepareFold(t, lines, fmt.Sprintf("%d/%d", fold, folds))
		if err != nil {
			t.Fatal(err)
		}
		set := raw.Sets[0]
		if len(set.Train)+len(set.Dev) != n || set.Test != nil || p.Sets[0].Test != nil || p.Sets[0].Dev == nil {
			t.Errorf("fold %d: train %d, dev %d, test %d", fold, len(set.Train), len(set.Dev), len(set.Test))
		}
		if share := float64(len(set.Dev)) / n; share < 0.1 || share > 0.3 {
			t.Errorf("fold %d has %g of the examples", fold, share)
		}
		training, before := map[string]bool{}, 0
		for _, e := range set.Train {
			training[e.Text] = true
			if e.Line <= before {
				t.Fatalf("line %d stands after line %d", e.Line, before)
			}
			before = e.Line
		}
		for _, e := range set.Dev {
			inDev[e.Line]++
			if training[e.Text] {
				t.Errorf("fold %d: %q is in both splits", fold, e.Text)
			}
		}
		if part := p.Digest.Parts[1]; len(p.Digest.Parts) != 2 || part.Split != job.Dev || part.File != "a.jsonl" {
			t.Errorf("digest %+v", p.Digest.Parts)
		}
	}
	for line := 1; line <= n; line++ {
		if inDev[line] != 1 {
			t.Errorf("line %d is in %d dev splits", line, inDev[line])
		}
	}
}

// The fold of a text is frozen: another one would give other models for the same job. Case and tokenizer do not matter.
func TestFoldOf(t *testing.T) {
	for text, want := range map[string]int{"": 3, "a": 1, "play some jazz": 3, "Äpfel": 2} {
		if got := foldOf(strings.Fields(text), 5); got != want {
			t.Errorf("%q is in fold %d, want %d", text, got, want)
		}
	}
	if foldOf([]string{"Don't", "stop"}, 97) != foldOf([]string{"don", "'", "t", "stop"}, 97) {
		t.Error("the fold depends on case or on the tokenizer")
	}
}

// A fold that leaves no training or no dev examples is refused.
func TestEmptyFold(t *testing.T) {
	line := `{"text":"a","l":"x"}`
	for fold, want := range map[string]string{
		"1/5": "training 0 and dev 2", "4/5": "training 2 and dev 0",
	} {
		_, _, err := prepareFold(t, []string{line, line}, fold)
		if err == nil || !strings.HasSuffix(err.Error(), want+": use fewer folds, or remove it") ||
			!strings.Contains(err.Error(), "job.yaml:") {
			t.Errorf("fold %s: %v", fold, err)
		}
	}
}
