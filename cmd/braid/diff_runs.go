package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"braid/cmd/internal/term"
	"braid/internal/plain"
	"braid/job"
	"braid/run"
)

// pair is two runs under comparison.
type pair struct {
	diffCommand
	s      streams
	screen *term.Screen
	a, b   *past
	same   bool // one job
}

// runs compares two runs: jobs, steps, checkpoints, evaluations.
func (c diffCommand) runs(ctx context.Context, s streams) error {
	a, err := openPast(c.A, c.Set)
	if err != nil {
		return err
	}
	b, err := openPast(c.B, c.Set)
	if err != nil {
		return err
	}
	p := pair{c, s, term.NewScreen(s.out, nil), a, b, a.job.Hash() == b.job.Hash()}
	defer p.screen.Wipe()
	if err := p.jobs(); err != nil {
		return err
	}
	compared, step := p.firstStep()
	if step > 0 {
		return p.step(ctx, step)
	}
	common, at, change, err := p.firstCheckpoint()
	if err != nil {
		return err
	}
	if change != nil {
		return p.checkpoint(ctx, at, change)
	}
	if at := p.firstEvaluation(); at > 0 {
		return differError(c.A, c.B, "all steps are equal, the evaluation at step %d is not", at)
	}
	return p.equal(compared, common)
}

// jobs says what the runs were meant to be, and refuses what cannot be compared.
func (p *pair) jobs() error {
	for _, r := range []*past{p.a, p.b} {
		for _, d := range r.damage {
			plain.Fprintf(p.s.out, "damaged: %s; compared is what can be read\n", d)
		}
	}
	if x, y := strings.Join(p.a.kernels, ", "), strings.Join(p.b.kernels, ", "); x != y && x != "" && y != "" {
		plain.Fprintf(p.s.out, "kernels of class %s, and %s: other bits are to be expected\n", x, y)
	}
	for i, d := range p.a.job.Data {
		if i < len(p.b.job.Data) && p.b.job.Data[i].Name == d.Name && p.a.job.Path(d.Train) != p.b.job.Path(p.b.job.Data[i].Train) {
			plain.Fprintf(p.s.out, "data %s come from %s, and %s\n", d.Name, p.a.job.Path(d.Train), p.b.job.Path(p.b.job.Data[i].Train))
		}
	}
	if p.same {
		return nil
	}
	changes := job.Changes(p.a.job, p.b.job)
	printChanges(p.s, changes)
	var blocking []string
	for _, c := range changes {
		if decidesPlan(c.Key, p.a.job) {
			blocking = append(blocking, c.Key)
		}
	}
	if len(blocking) > 0 {
		return differError(p.A, p.B, "they are of different jobs, so different models are to be expected, and their steps cannot be held against each other (%s)", strings.Join(blocking, ", "))
	}
	plain.Fprintln(p.s.out, "different models are to be expected; examples and shapes are the same, so the steps can be compared")
	return nil
}

// unusable says why a checkpoint is not compared.
func (p *pair) unusable(dir string, step uint64, err error) {
	if run.IsForeign(err) {
		plain.Fprintf(p.s.out, "not compared: %v\n", err)
		return
	}
	plain.Fprintf(p.s.out, "damaged: %s, checkpoint of step %d: %v\n", dir, step, err)
}

// firstStep returns how many steps both have recorded, and the first that differs, 0 if none.
func (p *pair) firstStep() (compared int, step uint64) {
	for _, n := range slices.Sorted(maps.Keys(p.a.steps)) {
		other := p.b.steps[n]
		if other == nil {
			continue
		}
		compared++
		if p.a.steps[n].Differences(other) != nil {
			return compared, n
		}
	}
	return compared, 0
}

// firstCheckpoint compares the checkpoints of steps that both have: how many are equal, and
// the first tensor that is not.
func (p *pair) firstCheckpoint() (equal int, at uint64, change *tensorChange, err error) {
	mine, err := p.a.view.Steps()
	if err != nil {
		return 0, 0, nil, err
	}
	theirs, err := p.b.view.Steps()
	if err != nil {
		return 0, 0, nil, err
	}
	for _, step := range mine {
		if !slices.Contains(theirs, step) {
			continue
		}
		x, s, err := p.a.view.Tensors(step)
		if err != nil {
			p.unusable(p.A, step, err)
			continue
		}
		y, t, err := p.b.view.Tensors(step)
		if err != nil {
			p.unusable(p.B, step, err)
			continue
		}
		if change := firstTensor(s, t); change != nil {
			return equal, step, change, nil
		}
		if !slices.Equal(x.OptimizerSteps, y.OptimizerSteps) {
			return equal, step, &tensorChange{name: "optimizer_steps", what: fmt.Sprintf("%v, and %v", x.OptimizerSteps, y.OptimizerSteps)}, nil
		}
		equal++
	}
	return equal, 0, nil, nil
}

// firstEvaluation returns the first step whose evaluations differ, 0 if none.
func (p *pair) firstEvaluation() uint64 {
	theirs := map[uint64]*run.Metric{}
	for i := range p.b.lines {
		if m := &p.b.lines[i]; m.Kind == "evaluation" {
			theirs[m.Step] = m
		}
	}
	for i := range p.a.lines {
		m := &p.a.lines[i]
		other := theirs[m.Step]
		if m.Kind != "evaluation" || other == nil {
			continue
		}
		if m.Mean != other.Mean || m.Best != other.Best || !maps.Equal(m.Loss, other.Loss) || !maps.EqualFunc(m.Scores, other.Scores, maps.Equal[map[string]float64, map[string]float64]) {
			return m.Step
		}
	}
	return 0
}

// equal is the last word of two runs in which nothing differs.
func (p *pair) equal(compared, checkpoints int) error {
	x, errA := run.ReadSummary(p.A)
	y, errB := run.ReadSummary(p.B)
	finished := errA == nil && errB == nil
	if finished && x.ModelSHA256 != y.ModelSHA256 {
		return differError(p.A, p.B, "all %d steps that both recorded are equal, the models are not (%.12s, and %.12s)", compared, x.ModelSHA256, y.ModelSHA256)
	}
	if compared == 0 {
		return fmt.Errorf("%s and %s: no step is recorded in both", p.A, p.B)
	}
	plain.Fprintf(p.s.out, "equal: %s, %s of the same step", steps(uint64(compared)), term.Counted(uint64(checkpoints), "checkpoint"))
	switch {
	case finished:
		plain.Fprintf(p.s.out, ", model_sha256 %s\n", x.ModelSHA256)
	default:
		plain.Fprintf(p.s.out, "; recorded are steps up to %d, and %d\n", p.a.last, p.b.last)
	}
	return nil
}
