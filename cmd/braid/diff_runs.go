package main

import (
	"context"
	"fmt"
	"strings"

	"braid/cmd/internal/term"
	"braid/forensics"
	"braid/internal/plain"
	"braid/job"
	"braid/run"
)

// runsDiff prints the comparison of two runs.
type runsDiff struct {
	*forensics.Comparison
	s      streams
	screen *term.Screen
}

// runs compares two runs: jobs, steps, checkpoints, evaluations.
func (c diffCommand) runs(ctx context.Context, s streams) error {
	a, err := forensics.Open(c.A, c.Set)
	if err != nil {
		return err
	}
	b, err := forensics.Open(c.B, c.Set)
	if err != nil {
		return err
	}
	d := runsDiff{forensics.Compare(a, b), s, term.NewScreen(s.out, nil)}
	d.Workers, d.Status = c.Workers, d.screen.Status
	defer d.screen.Wipe()
	if err := d.jobs(); err != nil {
		return err
	}
	compared, step := d.FirstStep()
	if step > 0 {
		return d.step(ctx, step)
	}
	equal, at, change, err := d.FirstCheckpoint(d.unusable)
	if err != nil {
		return err
	}
	if change != nil {
		return d.checkpoint(ctx, at, change)
	}
	if at := d.FirstEvaluation(); at > 0 {
		return differError(c.A, c.B, "all steps are equal, the evaluation at step %d is not", at)
	}
	return d.equal(compared, equal)
}

// jobs prints how the jobs differ. It returns an error if their steps cannot be compared.
func (d *runsDiff) jobs() error {
	a, b := d.A, d.B
	for _, r := range []*forensics.RecordedRun{a, b} {
		for _, damage := range r.Damage {
			plain.Fprintf(d.s.out, "damaged: %s; only readable records are compared\n", damage)
		}
	}
	if x, y := strings.Join(a.Kernels, ", "), strings.Join(b.Kernels, ", "); x != y && x != "" && y != "" {
		plain.Fprintf(d.s.out, "kernel class %s, and %s: expect different bits\n", x, y)
	}
	for i, set := range a.Job.Data {
		if i >= len(b.Job.Data) || b.Job.Data[i].Name != set.Name {
			continue
		}
		if x, y := a.Job.Path(set.Train), b.Job.Path(b.Job.Data[i].Train); x != y {
			plain.Fprintf(d.s.out, "data %s: read from %s, and from %s\n", set.Name, x, y)
		}
	}
	if d.SameJob {
		return nil
	}
	changes := job.Changes(a.Job, b.Job)
	printChanges(d.s, changes)
	if keys := forensics.Blocking(changes, a.Job); len(keys) > 0 {
		return differError(a.Dir, b.Dir, "their jobs draw different examples or have models of different shapes, "+
			"so their steps cannot be compared (%s)", strings.Join(keys, ", "))
	}
	plain.Fprintln(d.s.out, "the jobs give different models, but the same examples and shapes: their steps can be "+
		"compared")
	return nil
}

// unusable prints why a checkpoint is not compared.
func (d *runsDiff) unusable(dir string, step uint64, err error) {
	if run.IsForeign(err) {
		plain.Fprintf(d.s.out, "not compared: %v\n", err)
		return
	}
	plain.Fprintf(d.s.out, "damaged: %s, checkpoint of step %d: %v\n", dir, step, err)
}

// equal prints the result for two runs without a difference. compared and checkpoints count the steps and
// checkpoints that were compared.
func (d *runsDiff) equal(compared, checkpoints int) error {
	a, b := d.A, d.B
	x, errA := run.ReadSummary(a.Dir)
	y, errB := run.ReadSummary(b.Dir)
	finished := errA == nil && errB == nil
	if finished && x.ModelSHA256 != y.ModelSHA256 {
		return differError(a.Dir, b.Dir, "all %d steps that both recorded are equal, the models are not (%.12s, and %.12s)",
			compared, x.ModelSHA256, y.ModelSHA256)
	}
	if compared == 0 {
		return fmt.Errorf("%s and %s: no step is recorded in both", a.Dir, b.Dir)
	}
	plain.Fprintf(d.s.out, "equal: %s, %s of the same step", term.Counted(uint64(compared), "step"),
		term.Counted(uint64(checkpoints), "checkpoint"))
	if finished {
		plain.Fprintf(d.s.out, ", model_sha256 %s\n", x.ModelSHA256)
		return nil
	}
	plain.Fprintf(d.s.out, "; the last recorded steps are %d, and %d\n", a.Last, b.Last)
	return nil
}
