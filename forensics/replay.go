package forensics

import (
	"context"
	"fmt"
	"runtime"

	"braid/run"
	"braid/train"
)

// ReplayRequest selects the step to replay.
type ReplayRequest struct {
	Step    uint64       // from 1
	From    *uint64      // start at the newest sound checkpoint at or before this step; nil: the nearest before Step
	Workers int          // goroutines; below 1: all processors. The result does not depend on the number
	Shards  bool         // compute Shards of the ReplayedStep
	Status  func(string) // receives progress messages; nil: none
}

// ReplayedStep is the outcome of a replay: the requested step and the steps before it.
type ReplayedStep struct {
	From    uint64         // step of the checkpoint at which the replay started; 0: the initial parameters
	Skipped []string       // checkpoints that could not be used, with the reason
	Line    run.Metric     // recomputed record of the step
	Differ  []run.Metric   // recomputed records of all steps that differ from the recorded ones, ascending
	Missing int            // replayed steps that have no record
	Params  string         // SHA-256 of the parameters before the step
	Shards  []ShardFigures // of the step; nil unless requested
	State   *run.Checkpoint
}

// Replay repeats recorded steps from a sound checkpoint up to the requested step and compares each
// one with its record. It reads the training data at the first call.
func (r *RecordedRun) Replay(ctx context.Context, q ReplayRequest) (*ReplayedStep, error) {
	if q.Status == nil {
		q.Status = func(string) {}
	}
	if q.Workers < 1 {
		q.Workers = runtime.GOMAXPROCS(0)
	}
	if err := r.readData(ctx, q.Status); err != nil {
		if run.IsForeign(err) {
			return nil, err
		}
		return nil, fmt.Errorf("%w (a replay needs the training data: if the files moved, add --set data.NAME.train=FILE)",
			err)
	}
	setup, err := train.NewSetup(r.Job, r.data)
	if err != nil {
		return nil, err
	}
	replay := train.NewReplay(setup, q.Workers)
	s := &ReplayedStep{}
	start := q.Step - 1
	if q.From != nil {
		start = min(start, *q.From)
	}
	err = replay.Rewind(r.Reader, start, func(step uint64, why error) {
		s.Skipped = append(s.Skipped, fmt.Sprintf("checkpoint of step %d: %v", step, why))
	})
	if err != nil {
		return nil, err
	}
	s.From = replay.Step()
	for replay.Step() < q.Step {
		if replay.Step()+1 == q.Step {
			if err := s.before(ctx, replay, r, q.Shards); err != nil {
				return nil, err
			}
		}
		if s.Line, err = replay.Next(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Dir, err)
		}
		s.compare(r.Steps[replay.Step()])
		q.Status(fmt.Sprintf("step %d of %d", replay.Step(), q.Step))
	}
	s.State = replay.Checkpoint()
	return s, nil
}

// before fills the fields that describe the moment before the requested step.
func (s *ReplayedStep) before(ctx context.Context, replay *train.Replay, r *RecordedRun, shards bool) (err error) {
	s.Params = run.HashParams(replay.Checkpoint().Params)
	if shards {
		s.Shards, err = shardFigures(ctx, replay, r.Job)
	}
	return err
}

// compare counts how the replayed line relates to the recorded one; nil: no record.
func (s *ReplayedStep) compare(recorded *run.Metric) {
	switch {
	case recorded == nil:
		s.Missing++
	case recorded.Differences(&s.Line) != nil:
		s.Differ = append(s.Differ, s.Line)
	}
}
