package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"braid/cmd/internal/term"
	"braid/job"
)

// studyDefaults sets the directory of a study, runs/NAME-KIND, and the number of trainings at a time, unless they are
// given.
func studyDefaults(out *string, parallel *int, j *job.Job, kind string) {
	if *out == "" {
		*out = filepath.Join("runs", j.Name+"-"+kind)
	}
	if *parallel < 1 {
		*parallel = runtime.GOMAXPROCS(0)
	}
}

// studyScreen returns the screen for the progress of a study: standard error if standard output gets JSON.
func studyScreen(s streams, json bool) *term.Screen {
	if json {
		return term.NewScreen(os.Stderr, nil)
	}
	return term.NewScreen(s.out, nil)
}

// stoppedStudy adds the command for resuming to the error of an interruption. Other errors stay as they are.
func stoppedStudy(err error, out string, again []string) error {
	if !errors.Is(err, context.Canceled) {
		return err
	}
	return &term.Hint{Err: fmt.Errorf("stopped; finished runs and checkpoints are in %s: %w", out, err),
		Hint: "to resume: " + strings.Join(again, " ")}
}

// parallelFlag returns the flag for a number of trainings at a time; none for the default.
func parallelFlag(n int) []string {
	if n == runtime.GOMAXPROCS(0) {
		return nil
	}
	return []string{"--parallel", fmt.Sprint(n)}
}

// flags returns a flag once for each value.
func flags(name string, values []string) (all []string) {
	for _, v := range values {
		all = append(all, name, quote(v))
	}
	return all
}
