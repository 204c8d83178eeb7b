package data

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/job"
)

const digestJob = `data: {d: {format: jsonl, tokens: w, train: a.jsonl, dev: b.jsonl}}
tasks:
  - {name: t, kind: classification, data: d, field: l}
  - {name: n, kind: regression, data: d, field: n}
`

var digestFiles = map[string]string{
	"a.jsonl": `{"w":["a","b"],"l":"x","n":1}
{"w":["a"],"l":"y","more":3}
{"w":["c"],"l":"x"}
`,
	"b.jsonl": `{"w":["a"],"l":"x"}
`,
}

// digestOf writes the job's files as change returns them, and returns the digest of the data.
func digestOf(t *testing.T, text string, change func(name, content string) string) Digest {
	t.Helper()
	dir := t.TempDir()
	for name, content := range digestFiles {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(change(name, content)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	j, err := job.Parse(filepath.Join(dir, "job.yaml"), []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := Prepare(t.Context(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p.Digest
}

// A change that affects the result changes the digest, which names the changed file and no
// other. A change of a field that no task reads does not change it.
func TestDigest(t *testing.T) {
	same := func(_, content string) string { return content }
	in := func(file, old, new string) func(name, content string) string {
		return func(name, content string) string {
			if name != file {
				return content
			}
			if !strings.Contains(content, old) {
				t.Fatalf("no %s in %s", old, file)
			}
			return strings.Replace(content, old, new, 1)
		}
	}
	was := digestOf(t, digestJob, same)
	if again := digestOf(t, digestJob, same); len(again.Differences(was)) > 0 || again.SHA256() != was.SHA256() {
		t.Errorf("the same data differ: %q", again.Differences(was))
	}
	const train, other = "a.jsonl (the train split of d)", " has other words, other labels or another order"
	for _, c := range []struct {
		what   string
		change func(name, content string) string
		want   string
	}{
		{"a label renamed", in("a.jsonl", `"l":"y"`, `"l":"z"`), train + other},
		{"a label that now sorts first", in("a.jsonl", `"l":"y"`, `"l":"A"`), train + other},
		{"a word", in("a.jsonl", `["c"]`, `["d"]`), train + other},
		{"where one word ends", in("a.jsonl", `["a","b"]`, `["ab"]`), train + other},
		{"a number", in("a.jsonl", `"n":1`, `"n":2`), train + other},
		{"a label less", in("a.jsonl", `,"n":1`, ``), train + other},
		{"lines in another order", in("a.jsonl", digestFiles["a.jsonl"], reversed(digestFiles["a.jsonl"])), train + other},
		{"a line less", in("a.jsonl", "{\"w\":[\"c\"],\"l\":\"x\"}\n", ""), train + " has 2 examples and had 3"},
		{"dev", in("b.jsonl", `["a"]`, `["b"]`), "b.jsonl (the dev split of d)" + other},
		{"a field that no task reads", in("a.jsonl", `,"more":3`, `,"more":4`), ""},
		{"white space", in("a.jsonl", `,"n":1`, ` ,  "n" : 1`), ""},
	} {
		now := digestOf(t, digestJob, c.change)
		if got := strings.Join(now.Differences(was), "; "); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
		if (now.SHA256() == was.SHA256()) != (c.want == "") {
			t.Errorf("%s: the hash of the whole does not say so", c.what)
		}
		if (len(now.Training().Differences(was.Training())) > 0) != strings.HasPrefix(c.want, train) {
			t.Errorf("%s: of the training split: %q", c.what, now.Training().Differences(was.Training()))
		}
	}
	noDev := digestOf(t, strings.Replace(digestJob, ", dev: b.jsonl", "", 1), same)
	if got := strings.Join(noDev.Differences(was), "; "); got != "b.jsonl (the dev split of d) is missing now" {
		t.Errorf("without dev: %q", got)
	}
	if got := strings.Join(was.Differences(noDev), "; "); got != "b.jsonl (the dev split of d) is new" {
		t.Errorf("with dev: %q", got)
	}
	other2 := was
	other2.Numbers = "x"
	if len(was.Differences(other2)) != 1 {
		t.Error("other numbers of the same texts are no difference")
	}
}

func reversed(text string) string {
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	out := ""
	for _, l := range lines {
		out = strings.TrimSuffix(l, "\n") + "\n" + out
	}
	return out
}
