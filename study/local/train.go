package local

import (
	"context"
	"os"
	"path/filepath"

	"braid/job"
	"braid/model"
	"braid/run"
	"braid/study"
	"braid/train"
)

// train trains a run to its end, unless it is finished, and returns its result.
func (p *pool) train(ctx context.Context, r *study.Run) (study.Result, error) {
	dir := filepath.Join(p.Dir, RunsDir, r.Dir())
	condition, err := run.Examine(dir, r.Job)
	made := false
	if err != nil || condition != run.Finished {
		if made, err = p.make(ctx, r, dir); err != nil {
			return study.Result{}, err
		}
	}
	result, err := Read(dir, r)
	if err == nil {
		p.event(Event{Run: r, Finished: true, Made: made})
	}
	return result, err
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
	fleet := setup.Local(1)
	defer fleet.Close()
	_, err = train.Run(ctx, train.Config{Setup: setup, Fleet: fleet, Dir: dir, Resume: true, Threads: 1,
		Events: func(e train.Event) {
			if _, ok := e.(train.Started); ok {
				made = true
			}
			p.event(Event{Run: r, Step: e})
		}})
	if err != nil {
		return false, err
	}
	// A finished run is not resumed. Its checkpoints are several times as large as its model.
	return made, os.RemoveAll(filepath.Join(dir, run.CheckpointsDir))
}

// Read returns the result of a finished run.
func Read(dir string, r *study.Run) (result study.Result, err error) {
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
