package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"braid/internal/await"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"braid": func() {
		code := Main()
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 3 // no command ends so by itself
		}
		os.Exit(code)
	}})
}

// root is the directory of the repository.
var root string

// TestStories runs the stories in testdata with the real program. Each story has a small job in its
// directory: tiny.yaml and its data.
func TestStories(t *testing.T) {
	tiny, err := filepath.Abs("testdata/tiny")
	if err != nil {
		t.Fatal(err)
	}
	root, err = filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:   "testdata",
		Setup: func(env *testscript.Env) error { return os.CopyFS(env.WorkDir, os.DirFS(tiny)) },
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"alter":    alter,
			"await":    awaitPath,
			"examples": examples,
			"excerpts": excerpts,
			"programs": programs,
			"chop":     chop,
			"flip":     flip,
			"lowest":   lowest,
			"pty":      pty,
			"shown":    shown,
			"tear":     tear,
			"timeless": timeless,
		},
	})
}

// awaitPath waits until a file or directory exists: await PATH.
func awaitPath(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	there := await.True(await.Limit, func() bool { _, err := os.Stat(path); return err == nil })
	if !there {
		ts.Fatalf("%s does not appear", args[0])
	}
}

// programs builds coordinator and worker into the PATH: programs.
func programs(ts *testscript.TestScript, _ bool, _ []string) {
	bin := ts.MkAbs("bin")
	out, err := exec.Command("go", "build", "-o", bin+string(filepath.Separator), "braid/cmd/coordinator",
		"braid/cmd/worker").CombinedOutput()
	if err != nil {
		ts.Fatalf("%v: %s", err, out)
	}
	ts.Setenv("PATH", bin+string(filepath.ListSeparator)+ts.Getenv("PATH"))
}

// tear truncates the tensors of the newest checkpoint to half their length: tear CHECKPOINTS.
func tear(ts *testscript.TestScript, _ bool, args []string) {
	names, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "step-*", "tensors.safetensors"))
	ts.Check(err)
	if len(names) == 0 {
		ts.Fatalf("no checkpoint in %s", args[0])
	}
	newest := slices.Max(names)
	info, err := os.Stat(newest)
	ts.Check(err)
	ts.Check(os.Truncate(newest, info.Size()/2))
}

var seconds = regexp.MustCompile(`,"seconds":[0-9.e-]+`)

// timeless removes the times from a file of metrics: timeless FILE.
func timeless(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	text, err := os.ReadFile(path)
	ts.Check(err)
	ts.Check(os.WriteFile(path, seconds.ReplaceAll(text, nil), 0o644))
}
