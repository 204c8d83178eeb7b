package main

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"braid/cmd/internal/term"
	"braid/data"
	"braid/internal/kernel"
	"braid/job"
	"braid/run"
	"braid/train"
)

// past is a run whose steps can be taken again.
type past struct {
	dir     string
	job     *job.Job
	view    run.View
	steps   map[uint64]*run.Metric // recorded
	last    uint64                 // recorded step
	lines   []run.Metric           // recorded, evaluations too
	damage  []run.Damage
	kernels []string // classes of the kernels that recorded it

	data *data.Prepared // once it was needed
}

// openPast reads what a run recorded; sets say where its data lie by now.
func openPast(dir string, sets []string) (*past, error) {
	j, err := run.ReadJob(dir, absolute(sets)...)
	if err != nil {
		return nil, err
	}
	p := &past{dir: dir, job: j, view: run.Look(dir, j), steps: map[uint64]*run.Metric{}}
	lines, damage, err := run.ScanMetrics(dir)
	if err != nil {
		return nil, err
	}
	p.lines = lines
	p.harm(damage)
	for i := range lines {
		if m := &lines[i]; m.Kind == "step" {
			p.steps[m.Step] = m
			p.last = max(p.last, m.Step)
		}
	}
	entries, damage, _ := run.ScanJournal(dir) // without it, only the kernels are not known
	p.harm(damage)
	for _, e := range entries {
		if class, ok := e.Fields[run.FieldKernel].(string); ok && !slices.Contains(p.kernels, class) {
			p.kernels = append(p.kernels, class)
		}
	}
	return p, nil
}

func (p *past) harm(d run.Damage) {
	if d.Any() {
		p.damage = append(p.damage, d)
	}
}

// absolute makes the paths in overrides start where the program runs, not where the job did.
func absolute(sets []string) []string {
	out := make([]string, len(sets))
	for i, set := range sets {
		key, path, ok := strings.Cut(set, "=")
		if abs, err := filepath.Abs(path); ok && err == nil && path != "" && strings.HasPrefix(key, "data.") && strings.HasSuffix(key, ".train") {
			set = key + "=" + abs
		}
		out[i] = set
	}
	return out
}

// read reads the training data, once. No step depends on dev or test.
func (p *past) read(ctx context.Context, status func(string)) error {
	if p.data != nil {
		return nil
	}
	j := *p.job
	j.Data = nil
	for _, d := range p.job.Data {
		if d.Format != "godoc" {
			d.Dev, d.Test = "", ""
		}
		j.Data = append(j.Data, d)
	}
	prepared, _, err := data.Prepare(ctx, &j, status)
	if err != nil {
		return err
	}
	p.data = prepared
	p.view = p.view.ExpectingTraining(prepared.Digest)
	return p.view.Belongs()
}

// foreign says that this build computes other bits than the one that recorded the run.
func (p *past) foreign() string {
	for _, class := range p.kernels {
		if class != kernel.Class() {
			return fmt.Sprintf("%s was computed by kernels of class %s, and this program has %s: other bits are to be expected", p.dir, class, kernel.Class())
		}
	}
	return ""
}

// again is a step that was taken again, with those on the way to it.
type again struct {
	from    uint64         // where it began: a checkpoint's step, or 0
	skipped []string       // checkpoints that could not be used, and why
	line    run.Metric     // of the step
	differ  []run.Metric   // recomputed, of the steps that are not as recorded, ascending
	missing int            // steps on the way that have no record
	params  string         // hash of the parameters before the step
	shards  []shardFigures // of the step, if they were asked for
	replay  *train.Replay  // stands after the step
}

// wish is what to take again.
type wish struct {
	step    uint64  // from 1
	from    *uint64 // begin at the newest checkpoint at or before this step; nil: at the nearest
	workers int
	shards  bool
}

// take takes a step again, from the nearest sound checkpoint before it.
func (p *past) take(ctx context.Context, w wish, status func(string)) (*again, error) {
	if err := p.read(ctx, status); err != nil {
		if run.IsForeign(err) {
			return nil, err
		}
		return nil, fmt.Errorf("%w (its data are needed to take a step again: if they moved, --set data.NAME.train=FILE)", err)
	}
	if w.workers < 1 {
		w.workers = runtime.GOMAXPROCS(0)
	}
	r, err := train.NewReplay(p.job, p.data, w.workers)
	if err != nil {
		return nil, err
	}
	a := &again{replay: r}
	begin := w.step - 1
	if w.from != nil {
		begin = min(begin, *w.from)
	}
	err = r.Rewind(p.view, begin, func(step uint64, why error) {
		a.skipped = append(a.skipped, fmt.Sprintf("checkpoint of step %d: %v", step, why))
	})
	if err != nil {
		return nil, err
	}
	a.from = r.Step()
	for r.Step() < w.step {
		if r.Step()+1 == w.step {
			a.params = run.HashParams(r.Checkpoint().Params)
			if w.shards {
				if a.shards, err = figuresOf(ctx, r, p.job); err != nil {
					return nil, err
				}
			}
		}
		if a.line, err = r.Next(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", p.dir, err)
		}
		recorded := p.steps[r.Step()]
		switch {
		case recorded == nil:
			a.missing++
		case recorded.Differences(&a.line) != nil:
			a.differ = append(a.differ, a.line)
		}
		status(fmt.Sprintf("step %s of %s", term.Count(r.Step()), term.Count(w.step)))
	}
	return a, nil
}

// start says where a recomputation began.
func (a *again) start() string {
	if a.from == 0 {
		return "from the initial parameters"
	}
	return fmt.Sprintf("from the checkpoint of step %s", term.Count(a.from))
}
