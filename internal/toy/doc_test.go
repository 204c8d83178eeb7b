package toy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The diffs in docs/architecture.md are runs of lines of the files that they name, and every part
// of this package has one.
func TestArchitectureShowsTheSource(t *testing.T) {
	text, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, block := range strings.Split(string(text), "```diff\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		head, lines, _ := strings.Cut(block, "\n")
		path, ok := strings.CutPrefix(head, "+++ ")
		if !ok {
			t.Errorf("a diff starts with %q, want +++ and a path", head)
			continue
		}
		source, err := os.ReadFile(filepath.Join("../..", path))
		if err != nil {
			t.Error(err)
			continue
		}
		shown[path] = true
		for _, hunk := range strings.Split(lines, "@@\n") {
			var want strings.Builder
			want.WriteByte('\n')
			for line := range strings.Lines(hunk) {
				added, ok := strings.CutPrefix(line, "+")
				if !ok {
					t.Errorf("%s: a line of the diff is not an addition: %q", path, line)
				}
				want.WriteString(added)
			}
			if !strings.Contains("\n"+string(source), want.String()) {
				t.Errorf("%s does not contain what docs/architecture.md shows:\n%s", path, hunk)
			}
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if path := "internal/toy/" + name; !strings.HasSuffix(name, "_test.go") && name != "doc.go" && !shown[path] {
			t.Errorf("docs/architecture.md does not show %s", path)
		}
	}
}
