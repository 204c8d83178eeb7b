package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/task"
)

// evaluateTo runs braid evaluate --json on the tiny job's test data and returns the scores of its tagging task.
func evaluateTo(t *testing.T, dir string, predictions ...string) (map[string]float64, error) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	c := evaluateCommand{Model: dir, Data: []string{"testdata/tiny/test.jsonl"}, JSON: true, Workers: 1,
		Predictions: predictions}
	if err := c.Run(t.Context(), streams{out: out, err: &bytes.Buffer{}}); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	var summary struct {
		Tasks map[string]map[string]any
	}
	if err := json.Unmarshal(text, &summary); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	scores := map[string]float64{}
	for name, v := range summary.Tasks["names"] {
		if x, ok := v.(float64); ok {
			scores[name] = x
		}
	}
	return scores, nil
}

// The scores of the file's columns are those that evaluate prints, words beyond max_tokens included.
func TestPredictionsScoreAsEvaluateDoes(t *testing.T) {
	for set, cutNone := range map[string]bool{"data.made.max_tokens=400": true, "data.made.max_tokens=4": false} {
		dir, _ := untrained(t, set)
		file := filepath.Join(t.TempDir(), "tags")
		want, err := evaluateTo(t, dir, file)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var counts task.SpanCounts
		words, right := 0, 0
		for sentence := range strings.SplitSeq(strings.TrimSuffix(string(text), "\n\n"), "\n\n") {
			var gold, answers []string
			for line := range strings.SplitSeq(sentence, "\n") {
				columns := strings.Fields(line)
				if len(columns) != 3 {
					t.Fatalf("a line has %d columns: %q", len(columns), line)
				}
				gold, answers = append(gold, columns[1]), append(answers, columns[2])
				if words++; columns[1] == columns[2] {
					right++
				}
			}
			counts.Count(task.Spans(nil, gold), task.Spans(nil, answers))
		}
		_, _, f1 := counts.Scores()
		if f1 != want["f1"] || f1 == 0 {
			t.Errorf("%s: the file has F1 %v, evaluate prints %v", set, f1, want)
		}
		// The accuracy counts a word that is cut off as wrong; the file has O for it, which may be right.
		if accuracy := float64(right) / float64(words); cutNone && accuracy != want["accuracy"] {
			t.Errorf("%s: the file has accuracy %v, evaluate prints %v", set, accuracy, want)
		}
	}
}

func TestPredictionsOfNoTaggingTask(t *testing.T) {
	dir, _ := untrained(t)
	for _, given := range []string{"topic=tags", "other=tags", "names="} {
		if _, err := evaluateTo(t, dir, given); err == nil || !strings.Contains(err.Error(), "TASK one of names") {
			t.Errorf("--predictions %s: got %v, want the names of the tagging tasks", given, err)
		}
	}
	if _, err := evaluateTo(t, dir, filepath.Join(t.TempDir(), "no", "folder", "tags")); err == nil {
		t.Error("a file in a missing folder: want an error")
	}
}
