package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"braid": func() { os.Exit(Main()) }})
}

// TestStories runs the stories in testdata with the real program. Every story finds a
// small job in its directory: tiny.yaml with its data.
func TestStories(t *testing.T) {
	tiny, err := filepath.Abs("testdata/tiny")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:   "testdata",
		Setup: func(env *testscript.Env) error { return os.CopyFS(env.WorkDir, os.DirFS(tiny)) },
	})
}
