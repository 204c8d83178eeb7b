package study

import (
	"os"
	"path/filepath"
	"testing"

	"braid/data"
	"braid/job"

	"github.com/google/go-cmp/cmp"
)

// A test text counts as shared if another task was trained on the same words, not if its own task was.
func TestSharedTexts(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"job.yaml": `
data:
  a: {format: tsv, text: text, train: a.train.tsv, test: a.test.tsv}
  b: {format: tsv, text: text, train: b.train.tsv, test: b.test.tsv}
tasks:
  - {name: x, kind: classification, data: a, field: x}
  - {name: y, kind: classification, data: a, field: y}
  - {name: z, kind: classification, data: b, field: z}
training: {epochs: 1}
`,
		// The second training text of a has no label of y.
		"a.train.tsv": "text\tx\ty\nred roof\t1\t1\nblue  door\t2\t\n",
		"a.test.tsv":  "text\tx\ty\nred roof\t1\t1\nblue door\t2\t2\ngreen wall\t1\t1\n",
		"b.train.tsv": "text\tz\ngreen wall\t1\nold wall\t2\n",
		"b.test.tsv":  "text\tz\nblue door\t1\nold wall\t2\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	j, err := job.Load(filepath.Join(dir, "job.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p, raw, err := data.Prepare(t.Context(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]uint32{{0, 2}, {0, 1, 2}, {0}} // "red roof" of x stands in y's training, and the reverse
	if diff := cmp.Diff(want, SharedTexts(j, p, raw)); diff != "" {
		t.Error(diff)
	}
}
