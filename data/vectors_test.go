package data

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"braid/job"
)

const vectorsJob = `data: {d: {format: jsonl, tokens: w, train: train.jsonl, dev: dev.jsonl}}
encoder: {word: {dim: 2, min_count: 2, vectors: {file: v.vec}}}
tasks:
  - {name: t, kind: classification, data: d, field: l}
`

// The file has no vector of b, x9 and 77. Its word PARIS has no count in training, but Paris has.
const vectorsFile = `8 2
the 1 2
paris 3 4
the 9 9
rare 5 6
berlin 7 8
x0 0.5 0.25
</s> 1 1
new 2 2
`

// prepareVectors prepares a job with a file of vectors.
func prepareVectors(t *testing.T, file string, overrides ...string) (*Prepared, *Raw, *job.Job, error) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"v.vec": file,
		"train.jsonl": `{"w":["the","Paris","b","the","b","x9","x9","77"],"l":"x"}` + "\n" + `{"w":["rare"],"l":"y"}`,
		"dev.jsonl":   `{"w":["Berlin","THE","x5","nowhere","b"],"l":"x"}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	j, err := job.Parse(filepath.Join(dir, "job.yaml"), []byte(vectorsJob), overrides)
	if err != nil {
		t.Fatal(err)
	}
	p, raw, err := Prepare(context.Background(), j, nil)
	return p, raw, j, err
}

// starts returns by name of a word the vector with which it starts.
func starts(p *Prepared) map[string]string {
	all := map[string]string{}
	for id := range uint32(p.Vocab.Len()) {
		if row := p.Vectors.Row(id); row != nil {
			all[p.Vocab.Word(id)] = fmt.Sprint(row)
		}
	}
	return all
}

// Words of training start with the vector of their best spelling, below min_count, too. Other
// words of the file are kept, each with the first of its rows.
func TestVectors(t *testing.T) {
	for _, c := range []struct {
		override string
		want     map[string]string
		trained  int // words with a vector whose rows training may change
	}{
		{"encoder.word.vectors.keep=all", map[string]string{"the": "[1 2]", "Paris": "[3 4]", "paris": "[3 4]",
			"rare": "[5 6]", "berlin": "[7 8]", "x0": "[0.5 0.25]", "x9": "[0.5 0.25]", "<#x0>": "[0.5 0.25]",
			"new": "[2 2]"}, 5},
		{"encoder.word.vectors.limit=1", map[string]string{"the": "[1 2]", "Paris": "[3 4]", "paris": "[3 4]",
			"rare": "[5 6]", "x9": "[0.5 0.25]", "<#x0>": "[0.5 0.25]"}, 5},
		{"encoder.word.vectors.keep=seen", map[string]string{"the": "[1 2]", "Paris": "[3 4]", "rare": "[5 6]",
			"x9": "[0.5 0.25]", "<#x0>": "[0.5 0.25]"}, 5},
		{"encoder.word.vectors.update=frozen", map[string]string{"the": "[1 2]", "Paris": "[3 4]", "paris": "[3 4]",
			"rare": "[5 6]", "berlin": "[7 8]", "x0": "[0.5 0.25]", "x9": "[0.5 0.25]", "<#x0>": "[0.5 0.25]",
			"new": "[2 2]"}, 1},
		{"encoder.word.vectors.scale=2", map[string]string{"the": "[2 4]", "Paris": "[6 8]", "paris": "[6 8]",
			"rare": "[10 12]", "berlin": "[14 16]", "x0": "[1 0.5]", "x9": "[1 0.5]", "<#x0>": "[1 0.5]",
			"new": "[4 4]"}, 5},
	} {
		p, _, _, err := prepareVectors(t, vectorsFile, c.override)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, starts(p)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.override, d)
		}
		trained := 0
		for id, given := range p.Vocab.Given() {
			if given != p.Vectors.Has(uint32(id)) {
				t.Errorf("%s: %s: given %v", c.override, p.Vocab.Word(uint32(id)), given)
			}
			if given {
				trained++
			}
		}
		if trained != c.trained {
			t.Errorf("%s: %d rows with a vector are trained, want %d", c.override, trained, c.trained)
		}
	}
}

// An unknown word is looked up in lower case, then by its digits, then by its shape.
func TestLookUpOfUnknownWords(t *testing.T) {
	p, raw, j, err := prepareVectors(t, vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	const words, want = "Berlin THE Paris PARIS X5 x5 nowhere 99", "berlin the Paris paris <#x0> <#x0> <lower> <0>"
	if got := meaning(p.Vocab, words); got != want {
		t.Errorf("%s: %s, want %s", words, got, want)
	}
	c := CoverageOf(j, raw, p)
	if len(c) != 2 || c[0] != (Coverage{"d", job.Train, 9, 6, 6, 4}) || c[1] != (Coverage{"d", job.Dev, 5, 3, 5, 3}) {
		t.Errorf("coverage %+v", c)
	}
	for _, again := range []func(*Vocab) error{
		func(v *Vocab) error { b, _ := p.Vocab.MarshalBinary(); return v.UnmarshalBinary(b) },
		func(v *Vocab) error { b, _ := json.Marshal(p.Vocab); return json.Unmarshal(b, v) },
	} {
		v := new(Vocab)
		if err := again(v); err != nil || v.Len() != p.Vocab.Len() || v.Trained() != p.Vocab.Trained() {
			t.Fatalf("%v, %d of %d words", err, v.Len(), p.Vocab.Len())
		}
		if got := meaning(v, words); got != want {
			t.Errorf("read again: %s, want %s", got, want)
		}
	}
	b, _ := p.Vocab.MarshalBinary()
	v := new(Vocab)
	if err := v.UnmarshalBinary(b); err != nil || !cmp.Equal(v.Given(), p.Vocab.Given()) ||
		!cmp.Equal(v.Unknowns(), p.Vocab.Unknowns()) {
		t.Errorf("a worker gets other words: %v", err)
	}
}

// Mean and variance are those of the rows that the job may use.
func TestMeanAndVariance(t *testing.T) {
	p, _, _, err := prepareVectors(t, "the 1 3\nb 5 7\n")
	if err != nil || p.Vectors.Mean != 4 || p.Vectors.Variance != 5 || p.Vectors.Bound() != math.Sqrt(15) {
		t.Errorf("%+v, %v", p.Vectors, err)
	}
}

// Rows that are left out are findings of check.
func TestNotesOnVectors(t *testing.T) {
	p, raw, j, err := prepareVectors(t, "the 1 2\na b 1 2\nx 1 2\nx 1 2\ny 1 2\n\xff 1 2\n",
		"encoder.word.vectors.limit=1")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range Audit(j, raw, p) {
		if strings.HasPrefix(filepath.Base(f.File), "v.vec") {
			got = append(got, fmt.Sprint(f.Line, " ", strings.Fields(f.Msg)[:2]))
		}
	}
	if d := cmp.Diff([]string{"2 [2 rows]", "0 [2 words]"}, got); d != "" {
		t.Error(d)
	}
}

// A file that does not fit the job, or a damaged one, gets one line with the place and a mend.
func TestVectorsThatDoNotFit(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{"the 1 2 3\n", "set encoder.word.dim to 3"},
		{"2 2\nthe 1 2\n", "v.vec:3: the file ends after 1 rows"},
		{"the 1 2\nb 1 NaN\n", "v.vec:2: number 2"},
		{"le 1 2\n", "none of the words of training"},
		{"", "no vectors in it"},
	} {
		_, _, _, err := prepareVectors(t, c.file, "encoder.word.vectors.keep=seen")
		var one *Error
		var two *job.Error
		if err == nil || !errors.As(err, &one) && !errors.As(err, &two) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.file, err, c.want)
		}
	}
	if _, _, _, err := prepareVectors(t, "the 1e38 1\n", "encoder.word.vectors.scale=1000"); err == nil ||
		!strings.Contains(err.Error(), "lower the scale") {
		t.Error(err)
	}
}

// Another file of vectors gives another digest, and the difference names it. Packing the file
// changes nothing.
func TestDigestOfVectors(t *testing.T) {
	digest := func(file string) Digest {
		p, _, _, err := prepareVectors(t, file)
		if err != nil {
			t.Fatal(err)
		}
		return p.Digest
	}
	was := digest(vectorsFile)
	if again := digest(vectorsFile); again.SHA256() != was.SHA256() || len(again.Differences(was)) > 0 {
		t.Errorf("the same file differs: %v", again.Differences(was))
	}
	now := digest(strings.Replace(vectorsFile, "berlin 7 8", "berlin 7 9", 1))
	if now.SHA256() == was.SHA256() || len(now.Differences(was)) != 1 ||
		!strings.Contains(now.Differences(was)[0], "encoder.word.vectors.file") ||
		len(now.Training().Differences(was.Training())) != 1 {
		t.Errorf("another file: %v", now.Differences(was))
	}
}
