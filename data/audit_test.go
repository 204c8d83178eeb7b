package data

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"braid/job"
)

func prepare(t *testing.T, yaml string, files map[string]string) (*job.Job, *Raw, *Prepared) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	j, err := job.Parse(filepath.Join(dir, "job.yaml"), []byte(yaml), nil)
	if err != nil {
		t.Fatal(err)
	}
	p, raw, err := Prepare(context.Background(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	return j, raw, p
}

const auditJob = `
data:
  s: {format: tsv, train: train.tsv, dev: dev.tsv}
  c: {format: conll, columns: [word, ner], train: train.conll, test: test.conll}
tasks:
  - {name: class, kind: classification, data: s, field: y}
  - {name: ner, kind: tagging, data: c, field: ner}
`

var auditFiles = map[string]string{
	"train.tsv":   "text\ty\na b\tp\nc\tq\na b\tq\n",
	"dev.tsv":     "text\ty\nc\tq\nd\tr\n",
	"train.conll": "x\tO\ny\tI-a\n\nz\tB-a\nw\tI-b\n",
	"test.conll":  "v\tB-c\n\nx\tO\ny\tO\n",
}

// Every sort of finding with its place.
func TestAudit(t *testing.T) {
	j, raw, p := prepare(t, auditJob, auditFiles)
	var got []string
	for _, f := range Audit(j, raw, p) {
		got = append(got, strings.ReplaceAll(f.String(), shortName(j.Dir)+"/", ""))
	}
	want := []string{
		`dev.tsv:3: class: label "r" is not in training (1 in dev): it counts as an error, always; add examples of it ` +
			`to train`,
		`train.tsv:4: class: the words of train.tsv:2, but another label: "q", there "p": mend one, or remove both`,
		`test.conll:1: ner: label "B-c" is not in training (1 in test): it counts as an error, always; add examples of ` +
			`it to train`,
		`test.conll:3: ner: the words of train.conll:1, but other tags: mend one, or remove both`,
		`train.conll:2: ner: tag I-a of word 2 ("y") continues nothing: write B-a`,
		`train.conll:5: ner: tag I-b of word 2 ("w") continues nothing: write B-b`,
		`train.tsv:4: 1 example of train with the words of an earlier one (here train.tsv:2): remove it if it was not ` +
			`observed twice`,
		`dev.tsv:2: 1 example of dev that train has too (here train.tsv:3): remove it from one of them`,
		`test.conll:3: 1 example of test that train has too (here train.conll:1): remove it from one of them`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestFindingsAreCapped(t *testing.T) {
	text := strings.Repeat("a\tI-x\n\n", 40)
	j, raw, p := prepare(t, "data:\n  c: {format: conll, columns: [word, ner], train: f}\ntasks:\n  - {name: n, "+
		"kind: tagging, data: c, field: ner}\n", map[string]string{"f": text})
	got := Audit(j, raw, p)
	broken := slices.DeleteFunc(got, func(f Finding) bool {
		return !strings.Contains(f.Msg, "continues nothing") && !strings.Contains(f.Msg, "broken tags")
	})
	if len(broken) != maxFindings+1 || broken[maxFindings].Msg != "40 broken tags in all, the first 5 are listed" {
		t.Errorf("got %v", broken)
	}
}

func TestCounts(t *testing.T) {
	j, _, p := prepare(t, auditJob, auditFiles)
	want := Count{Set: "s", Split: "dev", Examples: 2, Words: 2, Unknown: 1, Tasks: []TaskCount{
		{"class", 2, []LabelCount{{"p", 0}, {"q", 1}, {"r", 1}}},
	}}
	if d := cmp.Diff(want, Counts(j, p)[1]); d != "" {
		t.Error(d)
	}
}

func TestBaselines(t *testing.T) {
	train := &Corpus{Words: []uint32{1, 2, 3, 1, 2, 1}, Targets: []Target{{Class: []int32{2, 2},
		Tags: []int32{1, 0, 2, 1, 2, 0}}}}
	split := &Corpus{Offsets: []uint32{0, 4}, Words: []uint32{1, 2, 3, 0}}
	if got := MajorityBaseline(train, split, 0); !slices.Equal(got, []int32{2}) {
		t.Errorf("majority %v", got)
	}
	// a has tag 1 twice and 0 once; b has 0 and 2; c has 2; d is unknown, and all three are equally frequent.
	texts := []Example{{Tokens: []string{"a", "b", "c"}}, {Tokens: []string{"a", "b", "a"}}}
	asked := []Example{{Tokens: []string{"a", "b", "c", "d"}}}
	if got := MostFrequentTag(train, split, texts, asked, 0); !slices.Equal(got, []int32{1, 0, 2, 0}) {
		t.Errorf("tags %v", got)
	}
}
