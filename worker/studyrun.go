package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
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
	name   string // of the run, for the coordinator
	stop   context.CancelCauseFunc
	dir    string
	copies chan uint64 // the newest checkpoint that has no copy yet
}

// request returns a request about the run.
func (r *studyRun) request(kind string) protocol.StudyRequest {
	return protocol.StudyRequest{Kind: kind, Run: r.number, Name: r.name}
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

// beat reports to the coordinator that the run is being trained, until ctx ends. Another goroutine copies
// checkpoints: a copy over a slow network may take longer than the time after which a silent worker is lost.
func (r *studyRun) beat(ctx context.Context) {
	var copied time.Time
	var copying sync.WaitGroup
	defer copying.Wait()
	made, free := make(chan protocol.Copy, 1), true
	for {
		q := r.request(protocol.StudyBeat)
		if free && time.Since(copied) >= r.CopyEvery {
			select {
			case step := <-r.copies:
				copied, free = time.Now(), false
				copying.Go(func() { made <- r.tryCopy(ctx, step) })
			default:
			}
		}
		select {
		case <-ctx.Done():
			return
		case q.Copy = <-made: // reported at once
			free = true
		case <-time.After(8 * r.Beat):
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
	}
}

// tryCopy stores the files of a checkpoint. It returns no copy if that fails.
func (r *studyRun) tryCopy(ctx context.Context, step uint64) protocol.Copy {
	c, err := r.copy(ctx, step)
	if err != nil {
		if ctx.Err() == nil {
			r.Log.Debug("the checkpoint has no copy", "step", step, "error", err)
		}
		return protocol.Copy{}
	}
	return c
}

// copyNewest stores and reports a copy of the newest checkpoint, for a worker that leaves.
func (r *studyRun) copyNewest(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, r.Grace)
	defer cancel()
	select {
	case step := <-r.copies:
		if c, err := r.copy(ctx, step); err == nil {
			q := r.request(protocol.StudyBeat)
			q.Copy = c
			_, _ = r.call(ctx, q)
		}
	default:
	}
}
