package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"braid/protocol"
	"braid/study"
	"braid/train"
	"braid/transport"
)

// studyRun is a run that this worker trains.
type studyRun struct {
	*studyWorker
	store  *transport.Store
	number int
	stop   context.CancelCauseFunc
	dir    string
	copies chan uint64 // the newest checkpoint that has no copy yet
}

// make trains the run from a copy of a checkpoint, if there is one, and stores its files.
func (r *studyRun) make(ctx context.Context, a protocol.StudyAnswer) (files string, err error) {
	j, setup, err := r.setup(ctx, a.Manifest)
	if err != nil {
		return "", err
	}
	r.dir = filepath.Join(r.studyWorker.dir, fmt.Sprintf("%.16s", j.hash))
	if a.Copy.Manifest != "" {
		if err := r.paste(ctx, setup, a.Copy); err != nil {
			r.Log.Warn("a copy of a checkpoint cannot be used; the run starts again", "error", err)
			if err := os.RemoveAll(r.dir); err != nil {
				return "", err
			}
		}
	}
	fleet := setup.Local(r.Threads)
	defer fleet.Close()
	if _, err = train.Run(ctx, train.Config{Setup: setup, Fleet: fleet, Dir: r.dir, Resume: true, Threads: r.Threads,
		Events: r.event}); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", err
	}
	return r.send(ctx)
}

// setup fetches the job and its data.
func (r *studyRun) setup(ctx context.Context, manifest string) (*jobState, *train.Setup, error) {
	j, m, get, err := fetchJob(ctx, r.store, r.Config, manifest)
	if err != nil {
		return nil, nil, err
	}
	d, err := j.fetchData(m, get)
	if err != nil {
		return nil, nil, err
	}
	if err := check(j.job, d); err != nil {
		return nil, nil, err
	}
	var more study.Setup
	if err := get(protocol.StudySetupItem, func(b []byte) error { return json.Unmarshal(b, &more) }); err != nil {
		return nil, nil, err
	}
	for _, all := range more.Baselines {
		if len(all) != len(j.job.Tasks) {
			return nil, nil, errors.New("the baselines are those of another job")
		}
	}
	d.Digest = more.Digest
	setup, err := train.NewSetup(j.job, d)
	if err == nil {
		setup.Baselines = more.Baselines
	}
	return j, setup, err
}

// event offers checkpoints for copying.
func (r *studyRun) event(e train.Event) {
	c, ok := e.(train.Checkpointed)
	if !ok {
		return
	}
	select {
	case <-r.copies:
	default:
	}
	select {
	case r.copies <- c.Step:
	default:
	}
}

// beat reports to the coordinator that the run is being trained, and copies checkpoints, until ctx ends.
func (r *studyRun) beat(ctx context.Context) {
	var copied time.Time
	for {
		q := protocol.StudyRequest{Kind: protocol.StudyBeat, Run: r.number}
		if time.Since(copied) >= r.CopyEvery {
			select {
			case step := <-r.copies:
				copied = time.Now()
				var err error
				if q.Copy, err = r.copy(ctx, step); err != nil && ctx.Err() == nil {
					r.Log.Debug("the checkpoint has no copy", "step", step, "error", err)
				}
			default:
			}
		}
		switch a, err := r.call(ctx, q); {
		case err != nil:
		case a.Kind == protocol.StudyDrop:
			r.stop(errDropped)
			return
		case a.Kind == protocol.StudyOver:
			r.stop(errOver)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(8 * r.Beat):
		}
	}
}

// copyNewest stores and reports a copy of the newest checkpoint, for a worker that leaves.
func (r *studyRun) copyNewest(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, r.Grace)
	defer cancel()
	select {
	case step := <-r.copies:
		if c, err := r.copy(ctx, step); err == nil {
			_, _ = r.call(ctx, protocol.StudyRequest{Kind: protocol.StudyBeat, Run: r.number, Copy: c})
		}
	default:
	}
}
