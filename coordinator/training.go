package coordinator

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"braid/model"
	"braid/protocol"
	"braid/run"
	"braid/train"
)

// train trains from the newest checkpoint that the job's record or the run directory names. record may be nil.
func (l *leader) train(ctx context.Context, record *protocol.Record) (*run.Summary, error) {
	w, err := newWorkers(l.conns, l.Config, l.machine, l.setup.Arch, l.setup.Data.Sets)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	if l.Metrics != "" {
		stop, err := serveMetrics(l.Metrics, w)
		if err != nil {
			return nil, fmt.Errorf("--metrics %s: %w: choose another address", l.Metrics, err)
		}
		defer stop()
	}
	keeping, stop := context.WithCancel(ctx)
	kept := make(chan struct{})
	go func() { defer close(kept); newKeeper(l, w).run(keeping) }()
	defer func() { stop(); <-kept }()
	copies := newReplica(ctx, l)
	defer copies.close()
	if err := l.prepare(ctx, copies, record, l.setup.Arch); err != nil {
		return nil, err
	}
	wasFinished := l.ownSummary()
	summary, err := l.trainWhenFree(ctx, train.Config{
		Setup: l.setup, Fleet: w, Dir: l.Dir, Resume: l.Resume, Term: l.machine.Term, Threads: l.threads(),
		Events: func(e train.Event) { w.event(e); copies.event(e); l.Events(e) },
	})
	if err != nil {
		copies.stop(copyFlush)
		return nil, err
	}
	copies.stop(0)
	l.Log.Info("the job is finished", "model_sha256", summary.ModelSHA256)
	// Before the farewell: a standby that wakes up and finds no leader must find the record.
	if err := copies.finish(ctx, summary.ModelSHA256, l.where()); err != nil {
		l.Log.Warn("the fleet will not remember that this job is finished", "error", err)
	}
	w.Farewell(farewell{l.Farewell, wasFinished})
	if err := copies.clear(ctx); err != nil {
		l.Log.Warn("copies of a finished job are left", "error", err)
	}
	return summary, nil
}

// threads is the number of the optimiser's goroutines.
func (l *leader) threads() int {
	if l.Threads > 0 {
		return l.Threads
	}
	return max(1, runtime.GOMAXPROCS(0)/2)
}

// prepare makes the run directory and the job's record agree: with --resume it fetches the newest copy, without
// --resume it empties the record.
func (l *leader) prepare(ctx context.Context, copies *replica, record *protocol.Record,
	arch *model.Architecture) error {
	if !l.Resume {
		if err := copies.begin(ctx); err != nil {
			l.Log.Warn("the record of an earlier run of this job stays", "error", err)
		}
		return nil
	}
	return l.catchUp(ctx, record, l.setup.MaxCheckpointBytes())
}

// trainWhenFree trains once the run directory is unlocked. If coordinators share the directory, a deposed leader
// unlocks it at its next look at the lease.
func (l *leader) trainWhenFree(ctx context.Context, c train.Config) (*run.Summary, error) {
	limit := unknownLimit + 4*l.keeping.LeaseTTL()
	said := false
	for begin := time.Now(); ; {
		summary, err := train.Run(ctx, c)
		var locked *run.Locked
		if !errors.As(err, &locked) || !c.Resume || time.Since(begin) >= limit {
			return summary, err
		}
		if !said {
			said = true
			l.Log.Warn("waiting for the directory", "why", err, "for", limit)
			l.Events(train.Waiting{Cause: err.Error()})
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
