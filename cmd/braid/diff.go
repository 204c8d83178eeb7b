package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"braid/cmd/internal/term"
	"braid/forensics"
	"braid/internal/plain"
	"braid/job"
	"braid/model"
	"braid/run"
)

type diffCommand struct {
	A       string   `arg:"" help:"${diff_a}"`
	B       string   `arg:"" help:"${diff_b}"`
	Workers int      `help:"${workers}" placeholder:"N"`
	Set     []string `help:"${moved}" placeholder:"KEY=VALUE" sep:"none"`
}

// Run compares two runs, two models or two files of figures.
func (c diffCommand) Run(ctx context.Context, s streams) error {
	a, err := kindOf(c.A)
	if err != nil {
		return err
	}
	b, err := kindOf(c.B)
	switch {
	case err != nil:
		return err
	case a == kindFigures && b == kindFigures:
		return diffFigures(s, c.A, c.B)
	case a == kindRun && b == kindRun:
		return c.runs(ctx, s)
	case a != kindFigures && b != kindFigures: // a run and a model: compare the run's model
		return diffModels(s, c.A, c.B)
	}
	return fmt.Errorf("%s is %s and %s is %s: give two of one kind", c.A, a, c.B, b)
}

type kind string

const (
	kindFigures kind = "a file of figures"
	kindRun     kind = "a run directory"
	kindModel   kind = "a model directory"
)

func kindOf(path string) (kind, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", fmt.Errorf("%s: no such run, model or file of braid replay --json", path)
	case !info.IsDir():
		return kindFigures, nil
	case holds(path, model.WeightsFile):
		return kindModel, nil
	case holds(path, run.JobFile):
		return kindRun, nil
	}
	return "", fmt.Errorf("%s: neither a run (no %s) nor a model (no %s): name the directory that training wrote, as "+
		"runs/NAME", path, run.JobFile, model.WeightsFile)
}

// holds reports whether a directory contains a file.
func holds(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// differError is the error of a comparison that found a difference.
func differError(a, b, format string, args ...any) error {
	return fmt.Errorf("%s and %s differ: %s", a, b, fmt.Sprintf(format, args...))
}

// diffFigures compares the figures that two machines computed for one step.
func diffFigures(s streams, left, right string) error {
	a, err := forensics.ReadFigures(left)
	if err != nil {
		return err
	}
	b, err := forensics.ReadFigures(right)
	if err != nil {
		return err
	}
	switch {
	case a.JobHash != b.JobHash:
		return fmt.Errorf("%s is of job %s (hash %.12s) and %s of %s (%.12s): give two of one job",
			left, a.Job, a.JobHash, right, b.Job, b.JobHash)
	case a.Step != b.Step:
		return fmt.Errorf("%s is of step %d and %s of step %d: give two of one step", left, a.Step, right, b.Step)
	case len(a.Shards) == 0 || len(b.Shards) == 0:
		return fmt.Errorf("%s and %s: one has no shards: write both with braid replay --json", left, right)
	}
	if a.Kernel != b.Kernel {
		plain.Fprintf(s.out, "kernel class %s, and %s: expect different bits\n", a.Kernel, b.Kernel)
	}
	if a.Params != b.Params {
		plain.Fprintf(s.out, "the parameters before step %d already differ (hash %.12s, and %.12s): the cause is an "+
			"earlier step or a checkpoint\n",
			a.Step, a.Params, b.Params)
	}
	if where := forensics.ShardDifference(a.Shards, b.Shards); where != "" {
		return differError(left, right, "step %d, %s", a.Step, where)
	}
	if names := a.Recomputed.Differences(&b.Recomputed); names != nil {
		printRecords(s, &a.Recomputed, &b.Recomputed, left, right)
		return differError(left, right, "step %d: the shards are equal, but not their sum or the update: %v", a.Step, names)
	}
	if a.Params != b.Params {
		return differError(left, right, "step %d: the parameters before it", a.Step)
	}
	_, err = plain.Fprintf(s.out, "equal: step %d, %s, checksum %s\n", a.Step,
		term.Counted(uint64(len(a.Shards)), "shard"), a.Recomputed.Checksum)
	return err
}

// diffModels compares two model directories, or the models of two runs.
func diffModels(s streams, left, right string) error {
	a, err := model.LoadBundle(left)
	if err != nil {
		return err
	}
	b, err := model.LoadBundle(right)
	if err != nil {
		return err
	}
	printChanges(s, job.Changes(a.Job, b.Job))
	if a.Vocab.Len() != b.Vocab.Len() {
		plain.Fprintf(s.out, "vocabularies of %d words, and of %d\n", a.Vocab.Len(), b.Vocab.Len())
	}
	if difference := forensics.ModelDifference(a, b); difference != "" {
		return differError(left, right, "%s", difference)
	}
	_, err = plain.Fprintf(s.out, "equal: %d numbers, sha256 %s\n", a.Params.Len(), model.Sha256(a.Params))
	return err
}

func printChanges(s streams, changes []job.Change) {
	for _, c := range changes {
		plain.Fprintf(s.out, "job: %s\n", c)
	}
}
