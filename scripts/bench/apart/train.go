package main

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"

	"braid/job"
	"braid/run"
	"braid/train"
)

// warm is the number of first steps that do not count.
const warm = 6

// times are mean times of a variant, in seconds; the least of its rounds, since other programs only add time.
type times struct{ step, measurement float64 }

// share is the share of the time that measurements before every n-th step take.
func (t times) share(n float64) float64 { return t.measurement / (t.measurement + n*t.step) }

// trainAll trains the variants of a job in turn, round by round, so that a change of the machine's speed meets all of
// them.
func trainAll(ctx context.Context, o options, file string, variants [][]string) ([]times, error) {
	all := make([][]times, len(variants))
	for range o.rounds {
		for i, overrides := range variants {
			t, err := trainOnce(ctx, o, file, overrides)
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], t)
		}
	}
	best := make([]times, len(variants))
	for i, a := range all {
		best[i] = times{slices.MinFunc(a, func(x, y times) int { return cmp.Compare(x.step, y.step) }).step,
			slices.MinFunc(a, func(x, y times) int { return cmp.Compare(x.measurement, y.measurement) }).measurement}
	}
	return best, nil
}

// trainOnce trains a job with overrides. If the job measures, a measurement comes before every 4th step, so that there
// are enough of them.
func trainOnce(ctx context.Context, o options, file string, overrides []string) (t times, err error) {
	j, err := job.Load(file, overrides...)
	if err != nil {
		return t, err
	}
	j.Training.Epochs, j.Training.Steps = 0, o.steps
	if j.Training.Measure.Every > 0 {
		j.Training.Measure.Every = 4
	}
	setup, err := train.Open(ctx, j, nil)
	if err != nil {
		return t, err
	}
	fleet := setup.Local(o.threads)
	defer fleet.Close()
	dir, err := os.MkdirTemp(filepath.Dir(file), "run-")
	if err != nil {
		return t, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "run")
	if _, err := train.Run(ctx, train.Config{Setup: setup, Fleet: fleet, Dir: out, Threads: o.threads}); err != nil {
		return t, err
	}
	lines, err := run.ReadMetrics(out)
	if err != nil {
		return t, err
	}
	steps, measurements := 0.0, 0.0
	for _, l := range lines {
		switch {
		case l.Step <= warm:
		case l.Kind == "step":
			t.step, steps = t.step+l.Seconds, steps+1
		case l.Kind == "measure":
			t.measurement, measurements = t.measurement+l.Seconds, measurements+1
		}
	}
	t.step /= max(1, steps)
	t.measurement /= max(1, measurements)
	return t, nil
}
