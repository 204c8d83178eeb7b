package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"braid/data"
	"braid/gradient"
	"braid/model"
	"braid/nn"
	"braid/train"
)

// timeLocal trains in this process, in a temporary directory, and times the steps after warm steps.
func timeLocal(ctx context.Context, setup *train.Setup, workers int, warm uint64) (t benchTimes, err error) {
	dir, err := os.MkdirTemp("", "braid-bench")
	if err != nil {
		return t, err
	}
	defer os.RemoveAll(dir)
	bare := withoutEvaluation(setup)
	inner := bare.Local(workers)
	defer inner.Close()
	fleet := &counted{Fleet: inner, precision: gradient.ParsePrecision(setup.Job.Training.Precision)}
	spent := inner.(interface{ Spent() model.Spent }).Spent
	var begin time.Time
	var before model.Spent
	var calls time.Duration // in the fleet
	_, err = train.Run(ctx, train.Config{Setup: bare, Fleet: fleet, Dir: filepath.Join(dir, "run"), Threads: workers,
		Events: func(e train.Event) {
			step, ok := e.(train.Stepped)
			switch {
			case !ok || step.Step < warm:
			case step.Step == warm:
				begin, before = time.Now(), spent()
				fleet.parameters, fleet.gradients = 0, 0
			default:
				now := spent()
				calls, t.optimise = calls+step.Compute, t.optimise+step.Apply
				t.last, t.all = step.Step, time.Since(begin)
				// Busy times are sums over the goroutines.
				t.reduce = (now.Reduce - before.Reduce) / time.Duration(workers)
				t.compute = (now.Busy-before.Busy)/time.Duration(workers) - t.reduce
			}
		}})
	t.first = warm
	t.wait = calls - t.compute - t.reduce
	t.rest = t.all - calls - t.optimise
	t.parameterBytes, t.gradientBytes = float64(fleet.parameters), float64(fleet.gradients)
	return t, err
}

// withoutEvaluation returns the setup without the dev and test data, so that nothing is scored.
func withoutEvaluation(setup *train.Setup) *train.Setup {
	bare, prepared := *setup, *setup.Data
	prepared.Sets = make([]data.Set, len(setup.Data.Sets))
	for i, set := range setup.Data.Sets {
		prepared.Sets[i] = data.Set{Name: set.Name, Train: set.Train}
	}
	bare.Data = &prepared
	return &bare
}

// counted is a fleet that counts the bytes that a network would carry.
type counted struct {
	train.Fleet
	precision             gradient.Precision
	parameters, gradients int
}

func (f *counted) Gradient(ctx context.Context, w train.Work) ([]*gradient.Gradient, error) {
	f.parameters += changedBytes(w.Params, w.Changed, f.precision)
	roots, err := f.Fleet.Gradient(ctx, w)
	for _, g := range roots {
		f.gradients += g.Size(f.precision)
	}
	return roots, err
}

// changedBytes returns the size of the changed parameters, with the ids of rows.
func changedBytes(ps *nn.ParamSet, c train.Changed, p gradient.Precision) int {
	if c.All {
		p = gradient.F32 // values are sent in full precision
	}
	n := 0
	for i, g := range ps.Groups {
		switch {
		case c.All || c.Groups[i]:
			n += p.Bytes() * len(g.Data)
		default:
			n += len(c.Rows[i]) * (4 + p.Bytes()*g.Dim)
		}
	}
	return n
}
