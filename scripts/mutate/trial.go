package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// outcome is the result of a trial.
type outcome int

const (
	survived outcome = iota
	killed
	timedOut
	invalid // does not compile
)

// bench tries mutants of one package.
type bench struct {
	pkg  *pkg
	dir  string        // for the changed file and the test program
	long time.Duration // for one run of the tests
}

// newBench builds and runs the tests without a fault, and allows a mutant several times as long.
func newBench(ctx context.Context, p *pkg, dir string) (*bench, error) {
	b := &bench{p, dir, 10 * time.Minute}
	begin := time.Now()
	switch o, err := b.try(ctx, mutant{}, nil); {
	case err != nil:
		return nil, err
	case o != survived:
		return nil, errors.New(p.ImportPath + ": its tests fail without a fault")
	}
	b.long = 5*time.Second + 3*time.Since(begin)
	return b, nil
}

// maxMemory bounds the address space of a test program in KiB: a fault may append without end.
const maxMemory = "8388608"

// try runs the tests with text in place of the mutant's file.
func (b *bench) try(ctx context.Context, m mutant, text []byte) (outcome, error) {
	program := filepath.Join(b.dir, "tests")
	args := []string{"test", "-c", "-o", program}
	if text != nil {
		overlay, err := b.overlay(m.file, text)
		if err != nil {
			return 0, err
		}
		args = append(args, "-overlay", overlay)
	}
	build := exec.CommandContext(ctx, "go", append(args, b.pkg.ImportPath)...)
	build.Dir = b.pkg.Dir
	if _, err := build.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		return invalid, nil
	}
	limited, cancel := context.WithTimeout(ctx, b.long)
	defer cancel()
	bounded := `ulimit -v ` + maxMemory + `; exec "$0" "$@"`
	run := exec.CommandContext(limited, "sh", "-c", bounded, program, "-test.short", "-test.failfast")
	run.Dir = b.pkg.Dir
	run.WaitDelay = time.Second
	err := run.Run()
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case limited.Err() != nil:
		return timedOut, nil
	case err != nil:
		return killed, nil
	}
	return survived, nil
}

// overlay writes what `go build -overlay` reads and returns its path.
func (b *bench) overlay(file string, text []byte) (string, error) {
	changed := filepath.Join(b.dir, "changed.go")
	if err := os.WriteFile(changed, text, 0o644); err != nil {
		return "", err
	}
	j, err := json.Marshal(map[string]map[string]string{"Replace": {file: changed}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.dir, "overlay.json")
	return path, os.WriteFile(path, j, 0o644)
}
