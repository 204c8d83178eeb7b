package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"braid/cmd/internal/term"
	"braid/internal/plain"
	"braid/internal/regular"
	"braid/model"
	"braid/run"
)

type diffCommand struct {
	A       string   `arg:"" help:"Run directory, model directory, or file of braid replay --json."`
	B       string   `arg:"" help:"Another of the same kind."`
	Workers int      `help:"Goroutines that compute; the result does not depend on it. Default: all processors." placeholder:"N"`
	Set     []string `help:"Say where the data lie now, of both runs: data.NAME.train=FILE. May be repeated." placeholder:"KEY=VALUE" sep:"none"`
}

// Help is shown below the flags.
func (diffCommand) Help() string {
	return `Two runs: compares the jobs, then every recorded step to the last bit, then the checkpoints that both
have. The first step that differs is taken again from each run's nearest checkpoint: with whom does
the recomputation agree, and was it the gradient or the update? Two models: the first tensor that
differs. Two files of replay: the first shard, and the first tensor in it. Exit code 0 when nothing
differs, 1 when something does.

Examples:
  braid diff runs/snips runs/again
  braid diff runs/snips/model other/model
  braid diff here.json there.json`
}

// Run compares.
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
	case a != kindFigures && b != kindFigures: // a run and a model: the run has one too, or LoadBundle says so
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
	case there(path, model.WeightsFile):
		return kindModel, nil
	case there(path, run.JobFile):
		return kindRun, nil
	}
	return "", fmt.Errorf("%s: is neither a run (no %s) nor a model (no %s): name the directory that training wrote, as runs/NAME", path, run.JobFile, model.WeightsFile)
}

func there(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// differError is the last word of a comparison that found something.
func differError(a, b, format string, args ...any) error {
	return fmt.Errorf("%s and %s differ: %s", a, b, fmt.Sprintf(format, args...))
}

// maxFigures bounds a file of figures.
const maxFigures = 256 << 20

func readReplayed(path string) (*replayed, error) {
	text, err := regular.Read(path, maxFigures)
	if err != nil {
		return nil, err
	}
	r := new(replayed)
	if err := json.Unmarshal(text, r); err != nil || r.Step == 0 || r.JobHash == "" {
		if err == nil {
			err = fmt.Errorf("it names no step")
		}
		return nil, fmt.Errorf("%s: is no file of braid replay --json (%w)", path, err)
	}
	return r, nil
}

// diffFigures compares what two machines computed of one step.
func diffFigures(s streams, left, right string) error {
	a, err := readReplayed(left)
	if err != nil {
		return err
	}
	b, err := readReplayed(right)
	if err != nil {
		return err
	}
	switch {
	case a.JobHash != b.JobHash:
		return fmt.Errorf("%s is of job %s (hash %.12s) and %s of %s (%.12s): give two of one job", left, a.Job, a.JobHash, right, b.Job, b.JobHash)
	case a.Step != b.Step:
		return fmt.Errorf("%s is of step %d and %s of step %d: give two of one step", left, a.Step, right, b.Step)
	case len(a.Shards) == 0 || len(b.Shards) == 0:
		return fmt.Errorf("%s and %s: one has no shards: write both with braid replay --json", left, right)
	}
	if a.Kernel != b.Kernel {
		plain.Fprintf(s.out, "computed by kernels of class %s, and %s: other bits are to be expected\n", a.Kernel, b.Kernel)
	}
	if a.Params != b.Params {
		plain.Fprintf(s.out, "the parameters before step %d differ already (hash %.12s, and %.12s): the cause is an earlier step or a checkpoint\n", a.Step, a.Params, b.Params)
	}
	if where := shardDifference(a.Shards, b.Shards); where != "" {
		return differError(left, right, "step %d, %s", a.Step, where)
	}
	if names := a.Recomputed.Differences(&b.Recomputed); names != nil {
		printRecords(s, &a.Recomputed, &b.Recomputed, left, right)
		return differError(left, right, "step %d: the shards are equal and their sum or what follows is not: %v", a.Step, names)
	}
	if a.Params != b.Params {
		return differError(left, right, "step %d: the parameters before it", a.Step)
	}
	_, err = plain.Fprintf(s.out, "equal: step %d, %s, checksum %s\n", a.Step, term.Counted(uint64(len(a.Shards)), "shard"), a.Recomputed.Checksum)
	return err
}
