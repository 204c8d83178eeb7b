package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"braid/job"
	"braid/model"
	"braid/run"
	"braid/study"
	"braid/train"
)

// train trains a run to its end or its pause, unless it is there already, and returns its result.
func (p *pool) train(ctx context.Context, r *study.Run) (result study.Result, err error) {
	dir := filepath.Join(p.Dir, RunsDir, r.Dir())
	made := false
	if !reached(dir, r) {
		made, err = p.make(ctx, r, dir)
		if p.Diverging && train.Diverged(err) {
			p.event(Event{Run: r, Finished: true, Made: true})
			return study.Result{Diverged: err.Error()}, nil
		}
		if err != nil {
			return result, err
		}
	}
	if result, err = Read(dir, r); err == nil {
		p.event(Event{Run: r, Finished: true, Made: made})
	}
	return result, err
}

// Finished reports whether a run of the study in a directory is finished.
func Finished(dir string, r *study.Run) bool {
	whole := *r
	whole.Until = 0
	return reached(filepath.Join(dir, RunsDir, r.Dir()), &whole)
}

// reached reports whether a run is finished, or has a checkpoint at its pause or after it.
func reached(dir string, r *study.Run) bool {
	condition, err := run.Examine(dir, r.Job)
	if err != nil || condition == run.Finished || r.Until == 0 {
		return err == nil && condition == run.Finished
	}
	d := run.OpenReadOnly(dir, r.Job)
	step, err := d.Newest()
	return err == nil && step >= r.Until
}

// make trains a run. It opens the directory first, because reading the data may take long: the directory may be locked
// or of another job. made is false if another process has finished the run in the meantime.
func (p *pool) make(ctx context.Context, r *study.Run, dir string) (made bool, err error) {
	d, err := run.Open(dir, r.Job, true)
	if err != nil {
		return false, err
	}
	if err := d.Close(); err != nil {
		return false, err
	}
	j := *r.Job
	j.Cluster.Keep, j.Cluster.Candidates = 1, job.CandidatesOff
	setup, err := train.Open(ctx, &j, nil)
	if err != nil {
		return false, err
	}
	setup.Raw = nil
	if r.NoTest {
		withoutTest(setup)
	}
	fleet := setup.Local(1)
	defer fleet.Close()
	_, err = train.Run(ctx, train.Config{Setup: setup, Fleet: fleet, Dir: dir, Resume: true, Threads: 1,
		Until: r.Until, Events: func(e train.Event) {
			if _, ok := e.(train.Started); ok {
				made = true
			}
			p.event(Event{Run: r, Step: e})
		}})
	var paused *train.Paused
	if errors.As(err, &paused) {
		return made, nil
	}
	if err != nil {
		return false, err
	}
	// A finished run is not resumed. Its checkpoints are several times as large as its model.
	return made, os.RemoveAll(filepath.Join(dir, run.CheckpointsDir))
}

// withoutTest removes the test split of formats that read it from no file.
func withoutTest(s *train.Setup) {
	for i := range s.Data.Sets {
		s.Data.Sets[i].Test = nil
	}
	delete(s.Baselines, job.Test)
}

// Spent returns the time that the steps of a run have taken so far, in all processes, and the number of these steps.
func Spent(dir string, r *study.Run) (seconds float64, steps uint64, err error) {
	dir = filepath.Join(dir, RunsDir, r.Dir())
	if s, err := run.ReadSummary(dir); err == nil {
		return s.Seconds, s.Steps, nil
	}
	state, err := run.OpenReadOnly(dir, r.Job).State()
	if err != nil || state == nil {
		return 0, 0, err
	}
	return state.Seconds, state.Step, nil
}

// Read returns the result of a run that is finished or, if it is to pause, has reached its pause.
func Read(dir string, r *study.Run) (result study.Result, err error) {
	lines, err := run.ReadMetrics(dir)
	if err != nil {
		return result, err
	}
	for _, line := range lines {
		if line.Kind == "evaluation" {
			result.Evaluations = append(result.Evaluations, line)
		}
	}
	if r.Until > 0 {
		return result, nil
	}
	if result.Summary, err = run.ReadSummary(dir); err != nil {
		return result, err
	}
	if result.Outcomes, err = run.ReadOutcomes(dir, r.Job); err != nil {
		return result, err
	}
	info, err := os.Stat(filepath.Join(dir, run.ModelDir, model.WeightsFile))
	if err != nil {
		return result, err
	}
	result.Bytes = info.Size()
	return result, nil
}
