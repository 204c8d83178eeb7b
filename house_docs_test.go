package braid

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents returns the text of README, CHANGELOG and every page under docs, by path.
func documents(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	paths := []string{"README.md", "CHANGELOG.md"}
	err := filepath.WalkDir("docs", func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".md" {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[path] = string(text)
	}
	return all
}

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile("(?m)^#+ (.*)$")
	fence    = regexp.MustCompile("(?ms)^```.*?^```")
	notASlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors returns the anchors of a page's headings, as GitHub forms them.
func anchors(page string) map[string]bool {
	all := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(page, ""), -1) {
		all[strings.ReplaceAll(notASlug.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
	}
	return all
}

// Every relative link names a file that exists, and every anchor a heading of its page.
func TestDocumentLinks(t *testing.T) {
	pages := documents(t)
	links := 0
	for path, text := range pages {
		for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			links++
			file, anchor, _ := strings.Cut(m[1], "#")
			target := path
			if file != "" {
				target = filepath.Join(filepath.Dir(path), file)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which does not exist", path, m[1])
			} else if anchor != "" && !anchors(pages[filepath.ToSlash(target)])[anchor] {
				t.Errorf("%s links to %s, which has no such heading", path, m[1])
			}
		}
	}
	if links < 20 {
		t.Errorf("%d links are checked", links)
	}
}

var (
	testName = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z]\w+`)
	testOf   = regexp.MustCompile("`([\\w/]+)` ((?:(?:Test|Fuzz)\\w+(?:, )?)+)")
	testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	span     = regexp.MustCompile("`([^`\n]+)`")
	ourPath  = regexp.MustCompile(`^(?:cmd|coordinator|data|docs|encoder|examples|forensics|gradient|internal|job|` +
		`model|nn|plan|protocol|run|scripts|task|testdata|train|transport|worker)/[\w./-]+$`)
	ourScript = regexp.MustCompile(`\./scripts/[\w/]+`)
)

// fetched are folders that scripts fill.
var fetched = []string{"examples/data/"}

// Tests that a document names exist, in the package that is named before them; so do paths and scripts.
func TestDocumentsNameWhatExists(t *testing.T) {
	tests := map[string][]string{} // by name, the packages
	eachFile(t, "*_test.go", func(importPath, text string) {
		for _, m := range testFunc.FindAllStringSubmatch(text, -1) {
			tests[m[1]] = append(tests[m[1]], strings.TrimPrefix(importPath, "braid/"))
		}
	})
	named := 0
	for path, text := range documents(t) {
		for _, m := range testOf.FindAllStringSubmatch(text, -1) {
			for _, name := range testName.FindAllString(m[2], -1) {
				named++
				if len(tests[name]) > 0 && !slices.Contains(tests[name], m[1]) {
					t.Errorf("%s names %s of %s; it is in %v", path, name, m[1], tests[name])
				}
			}
		}
		for _, name := range testName.FindAllString(text, -1) {
			if len(tests[name]) == 0 {
				t.Errorf("%s names %s, which does not exist", path, name)
			}
		}
		if path == "CHANGELOG.md" {
			continue // history
		}
		for _, m := range span.FindAllStringSubmatch(text, -1) {
			isFetched := func(f string) bool { return strings.HasPrefix(m[1], f) }
			if ourPath.MatchString(m[1]) && !slices.ContainsFunc(fetched, isFetched) {
				if _, err := os.Stat(m[1]); err != nil && !isSymbol(m[1]) {
					t.Errorf("%s names the path %s, which does not exist", path, m[1])
				}
			}
		}
		for _, script := range ourScript.FindAllString(text, -1) {
			if _, err := os.Stat(script); err != nil {
				t.Errorf("%s names %s, which does not exist", path, script)
			}
		}
	}
	if named < 100 {
		t.Errorf("%d tests with their packages are checked", named)
	}
}

// isSymbol reports whether a name is that of a symbol in a package of this module, as internal/kernel.Dot.
func isSymbol(name string) bool {
	dot := strings.LastIndex(name, "/") + 1
	room, symbol, ok := strings.Cut(name[dot:], ".")
	info, err := os.Stat(name[:dot] + room)
	return ok && err == nil && info.IsDir() && symbol != ""
}

var (
	flagUse   = regexp.MustCompile("(?:^|[\\s(\x60])--([a-z][a-z0-9-]+)")
	kongField = regexp.MustCompile("(?m)^\\s+([A-Z]\\w*)\\s+[^\x60\n]*\x60([^\x60]*\\bhelp:[^\x60]*)\x60")
	flagCall  = regexp.MustCompile(`\.(?:Bool|Int|Uint64|Float64|String|Duration|Func)(?:Var)?\((?:&[\w.]+, )?"([\w-]+)"`)
	capital   = regexp.MustCompile(`([a-z0-9])([A-Z])`)
)

// eachFile calls visit with the text of each file of the module's packages whose name matches pattern.
func eachFile(t *testing.T, pattern string, visit func(importPath, text string)) {
	t.Helper()
	for _, p := range packages(t) {
		files, err := filepath.Glob(filepath.Join(p.Dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			visit(p.ImportPath, string(text))
		}
	}
}

// otherFlags belong to other programs.
var otherFlags = []string{"scale", "exit-code-from", "user", "rm", "build", "network", "publish", "name", "volume"}

// A flag that a document names is a flag of a program or a script of this repository.
func TestDocumentsNameFlagsThatExist(t *testing.T) {
	flags := map[string]bool{"help": true}
	for _, name := range otherFlags {
		flags[name] = true
	}
	eachFile(t, "*.go", func(_, text string) {
		for _, m := range kongField.FindAllStringSubmatch(text, -1) {
			name := reflect.StructTag(m[2]).Get("name")
			if name == "" {
				name = strings.ToLower(capital.ReplaceAllString(m[1], "$1-$2"))
			}
			flags[name] = true
		}
		for _, m := range flagCall.FindAllStringSubmatch(text, -1) {
			flags[m[1]] = true
		}
	})
	used := 0
	for path, text := range documents(t) {
		if path == "CHANGELOG.md" {
			continue // history
		}
		for _, m := range flagUse.FindAllStringSubmatch(text, -1) {
			used++
			if !flags[m[1]] {
				t.Errorf("%s names the flag --%s, which no program has", path, m[1])
			}
		}
	}
	if used < 50 {
		t.Errorf("%d flags are checked", used)
	}
}

var jobKey = regexp.MustCompile("`(?:training|cluster|encoder)\\.([a-z_.]+)(?:[:=][^`]*)?`")

// A key of a job file that a document names is in docs/job.md, which is generated from the code.
func TestDocumentsNameKeysThatExist(t *testing.T) {
	pages := documents(t)
	keys := 0
	for path, text := range pages {
		if path == "CHANGELOG.md" {
			continue // history
		}
		for _, m := range jobKey.FindAllStringSubmatch(text, -1) {
			keys++
			parts := strings.Split(m[1], ".")
			if !strings.Contains(pages["docs/job.md"], parts[len(parts)-1]) {
				t.Errorf("%s names the key %s, which docs/job.md does not have", path, m[0])
			}
		}
	}
	if keys < 10 {
		t.Errorf("%d keys are checked", keys)
	}
}

// No entry of the changelog stands twice, as after a merge.
func TestChangelogEntriesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, entry := range strings.Split(documents(t)["CHANGELOG.md"], "\n- ")[1:] {
		start := fmt.Sprintf("%.60s", strings.Join(strings.Fields(entry), " "))
		if seen[start] {
			t.Errorf("an entry stands twice: %s", start)
		}
		seen[start] = true
	}
	if len(seen) < 10 {
		t.Errorf("%d entries are checked", len(seen))
	}
}
