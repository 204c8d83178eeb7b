package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/vectors"
)

// writeText writes lines of two subjects.
func writeText(t *testing.T, path string) {
	t.Helper()
	var b strings.Builder
	for i := range 300 {
		b.WriteString([]string{"the cat chased a mouse and the dog chased the cat\n",
			"the queen takes a pawn and the rook takes the queen\n"}[i*i%3%2])
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The command writes the same vectors in both forms and at every call, leaves no other file, and
// Braid reads them.
func TestVectorsCommand(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.txt")
	writeText(t, text)
	var words []string
	for _, c := range []struct{ name, form string }{{"a.vec", "text"}, {"b.vec", "text"}, {"c.bin", "binary"}} {
		path := filepath.Join(dir, c.name)
		said, code := call(t, "vectors", text, "--out", path, "--form", c.form, "--dim", "6", "--epochs", "2")
		if code != 0 || !strings.Contains(said, "vectors of 11 words from 3,300 words of text") {
			t.Fatalf("exit code %d: %s", code, said)
		}
		r, err := vectors.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		var all strings.Builder
		for range 11 {
			word, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			x := make([]float32, r.Dim())
			if err := r.Vector(x); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&all, string(word), x)
		}
		words = append(words, all.String())
	}
	if words[0] != words[1] || words[0] != words[2] || !strings.HasPrefix(words[0], "the ") {
		t.Errorf("three files with different vectors:\n%s", strings.Join(words, "\n"))
	}
	if left, _ := os.ReadDir(dir); len(left) != 4 {
		t.Errorf("files %v", left)
	}
}

// A mistake gets one line with the place and a mend, and no file is written.
func TestVectorsCommandRefuses(t *testing.T) {
	dir := t.TempDir()
	text, latin := filepath.Join(dir, "text.txt"), filepath.Join(dir, "latin.txt")
	writeText(t, text)
	if err := os.WriteFile(latin, []byte("fine\nK\xf6ln\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out.vec")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{text, "--dim", "0"}, "--dim is 0: write a number from 1 to 4096"},
		{[]string{text, "--min-count", "9999"}, "0 of 11 words occur 9999 times or more: give more text"},
		{[]string{latin}, "latin.txt:2: not UTF-8"},
		{[]string{filepath.Join(dir, "none.txt")}, "no such file"},
		{[]string{dir}, "is a directory"},
		{[]string{text, "--out", filepath.Join(dir, "none", "x.vec")},
			"cannot be written (no such file or directory): check the directory"},
		{[]string{text, "--out", dir}, "is a directory: name a file in it"},
	} {
		said, code := call(t, append([]string{"vectors", "--out", out}, c.args...)...)
		if code == 0 || !strings.Contains(said, c.want) || strings.Count(strings.TrimSpace(said), "\n") > 0 {
			t.Errorf("%v: exit code %d, %s", c.args, code, said)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("files %v", left)
	}
}

// A model predicts and is scored without the file of vectors that it was trained with. Training and
// replays need the file; the error about a missing one names the line of the job.
func TestModelNeedsNoFileOfVectors(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{
		"v.txt":      "oslo 1 2\ncall 2 -1\n",
		"data.jsonl": `{"words": ["Oslo", "calls"], "topic": "a"}` + "\n" + `{"words": ["call", "me"], "topic": "b"}` + "\n",
		"j.yaml": `data: {d: {format: jsonl, tokens: words, train: data.jsonl, dev: data.jsonl}}
encoder:
  word: {dim: 2, vectors: {file: v.txt}}
  lstm: {hidden: 2}
tasks: [{name: topic, kind: classification, data: d, field: topic}]
training: {batch: 2, shards: 1, steps: 3}
`} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if said, code := call(t, "train", "j.yaml", "--out", "run"); code != 0 {
		t.Fatal(said)
	}
	if err := os.Rename("v.txt", "moved.txt"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{0, "topic", []string{"evaluate", "run/model", "--split", "dev"}},
		{0, "topic", []string{"evaluate", "run/model", "--data", "data.jsonl"}},
		{0, "topic", []string{"predict", "run", "Oslo calls OSLO"}},
		{1, "j.yaml:3:34: v.txt: no such file or directory: check the path", []string{"train", "j.yaml", "--out", "again"}},
		{0, "equal", []string{"replay", "run", "--step", "2", "--set", "encoder.word.vectors.file=moved.txt"}},
	} {
		if said, code := call(t, c.args...); code != c.code || !strings.Contains(said, c.want) {
			t.Errorf("%v: exit code %d, %s", c.args, code, said)
		}
	}
}
