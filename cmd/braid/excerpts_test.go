package main

import (
	"os"
	"path/filepath"
	"regexp"

	"github.com/rogpeppe/go-internal/testscript"
)

// paths matches the paths of data in the jobs of examples.
var paths = regexp.MustCompile(`data/(\w+)/[\w./]+`)

// examples copies the jobs of examples into the directory examples: examples.
func examples(ts *testscript.TestScript, _ bool, _ []string) {
	names, err := filepath.Glob(filepath.Join(root, "examples/*.yaml"))
	ts.Check(err)
	if len(names) < 5 {
		ts.Fatalf("%d jobs in examples", len(names))
	}
	ts.Check(os.MkdirAll(ts.MkAbs("examples"), 0o755))
	for _, name := range names {
		text, err := os.ReadFile(name)
		ts.Check(err)
		ts.Check(os.WriteFile(filepath.Join(ts.MkAbs("examples"), filepath.Base(name)), text, 0o644))
	}
}

// excerpts copies excerpts of the data to the paths that the copied jobs name. The sixteen domains of reviews
// share one excerpt: excerpts.
func excerpts(ts *testscript.TestScript, _ bool, _ []string) {
	from := filepath.Join(root, "testdata/excerpts")
	for _, name := range []string{"snips", "trec", "wnut17"} {
		ts.Check(os.CopyFS(ts.MkAbs("examples/data/"+name), os.DirFS(filepath.Join(from, name))))
	}
	job, err := os.ReadFile(ts.MkAbs("examples/reviews.yaml"))
	ts.Check(err)
	ts.Check(os.MkdirAll(ts.MkAbs("examples/data/reviews"), 0o755))
	for _, path := range paths.FindAllString(string(job), -1) {
		split := filepath.Ext(path[:len(path)-len(".tsv")])
		text, err := os.ReadFile(filepath.Join(from, "reviews", split[1:]+".tsv"))
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs("examples/"+path), text, 0o644))
	}
}
