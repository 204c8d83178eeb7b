package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block is a fenced block of a document. file is the name that stands alone on the line before it, if any.
type block struct{ language, file, text string }

var (
	fenced = regexp.MustCompile("(?m)^(?:`([^`\n]+)`\n)?```(\\w*)\n((?s:.*?))^```$")
	blanks = regexp.MustCompile(`[ \t]+`)
)

func blocks(t *testing.T, path string) (all []block) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range fenced.FindAllStringSubmatch(string(text), -1) {
		all = append(all, block{language: m[2], file: m[1], text: m[3]})
	}
	return all
}

// call runs the program in this process. It returns the output and the exit code.
func call(t *testing.T, args ...string) (said string, code int) {
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	code = execute(t.Context(), args, streams{in: strings.NewReader(""), out: out, err: out})
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text), code
}

// Every example of docs/data.md can be checked and trained. The lines below a command on the page are part of
// its output, except for the width of blanks.
func TestExamplesOfTheDataPage(t *testing.T) {
	all := blocks(t, "../../docs/data.md")
	t.Chdir(t.TempDir())
	formats, kinds := map[string]bool{}, map[string]bool{}
	for _, b := range all {
		if b.file == "" {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(b.file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(b.file, []byte(b.text), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\{format: (\w+)`).FindAllStringSubmatch(b.text, -1) {
			formats[m[1]] = true
		}
		for _, m := range regexp.MustCompile(`kind: (\w+)`).FindAllStringSubmatch(b.text, -1) {
			kinds[m[1]] = true
		}
	}
	if len(formats) != 6 || len(kinds) != 4 {
		t.Errorf("the page has examples of %v and %v, want 6 formats and 4 kinds", formats, kinds)
	}
	commands := 0
	for _, b := range all {
		switch {
		case b.language == "yaml" && b.file != "docs.yaml": // godoc takes long, and is a story of its own
			said, code := call(t, "train", b.file, "--set", "encoder.word.dim=4", "--set", "encoder.lstm.hidden=4")
			if code != 0 {
				t.Errorf("braid train %s: %s", b.file, said)
			}
		case b.language == "console":
			commands++
			lines := strings.Split(strings.TrimSpace(b.text), "\n")
			said, code := call(t, strings.Fields(lines[0])[2:]...)
			said = blanks.ReplaceAllString(said, " ")
			for _, want := range lines[1:] {
				if code != 0 || !strings.Contains(said, want) {
					t.Errorf("%s: no %q in\n%s", lines[0], want, said)
				}
			}
		}
	}
	if said, code := call(t, "check", "docs.yaml"); code != 0 && !testing.Short() {
		t.Errorf("godoc: %s", said)
	}
	if commands < 5 {
		t.Errorf("%d commands are on the page", commands)
	}
}
