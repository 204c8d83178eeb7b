package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"braid/run"
	"braid/study"
	"braid/train"
)

// Config configures the training of runs.
type Config struct {
	Dir      string // of the study; run directories are below its directory "runs"
	Parallel int    // runs at a time, at least one
	Events   func(Event)

	// Diverging: a run whose loss or gradient is not finite has a result with the reason. Otherwise it ends Train.
	Diverging bool
}

// RunsDir is the directory of the run directories inside a study directory.
const RunsDir = "runs"

// Event is called on any goroutine, one call at a time.
type Event struct {
	Run      *study.Run
	Finished bool        // the run is finished
	Made     bool        // it was trained by this call, to the end
	Step     train.Event // of a run that is training; nil if Finished
}

// Train trains the runs that are not finished and returns the results of all of them, in the order of runs. Runs that
// another process trains are awaited. If ctx ends, Train saves the runs that are training and returns the cause; a
// later call resumes them. After the error of a run, the others stop in the same way.
func Train(ctx context.Context, c Config, runs []study.Run) ([]study.Result, error) {
	if err := os.MkdirAll(filepath.Join(c.Dir, RunsDir), 0o755); err != nil {
		return nil, fmt.Errorf("cannot create the study directory (%w): choose another with --out", err)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	p := &pool{Config: c, runs: runs, state: make([]state, len(runs)), results: make([]study.Result, len(runs)),
		changed: make(chan struct{})}
	var workers sync.WaitGroup
	for range max(c.Parallel, 1) {
		workers.Go(func() {
			if err := p.work(ctx); err != nil {
				stop(err)
			}
		})
	}
	workers.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return p.results, nil
}

// state is that of a run, as this process knows it.
type state uint8

const (
	waiting   state = iota // no goroutine here trains it
	taken                  // a goroutine here trains it or reads its results
	elsewhere              // another process was training it when it was last tried
	done
)

// pool is the runs of a call of Train.
type pool struct {
	Config
	mu      sync.Mutex
	runs    []study.Run
	state   []state
	results []study.Result
	changed chan struct{} // closed and replaced when a run is done
}

// retryEvery is the time after which a run that another process trains is tried again.
const retryEvery = time.Second

// work trains runs until all are done.
func (p *pool) work(ctx context.Context) error {
	for ctx.Err() == nil {
		i, changed, left := p.take()
		if !left {
			return nil
		}
		if i < 0 {
			select {
			case <-ctx.Done():
			case <-changed:
			case <-time.After(retryEvery):
				p.retry()
			}
			continue
		}
		result, err := p.train(ctx, &p.runs[i])
		var locked *run.Locked
		switch {
		case errors.As(err, &locked):
			p.set(i, elsewhere)
		case err != nil && ctx.Err() != nil:
			return nil // the run is saved
		case err != nil:
			return fmt.Errorf("%s: %w", p.runs[i].String(), err)
		default:
			p.results[i] = result
			p.set(i, done)
		}
	}
	return nil
}

// take returns the next run to train, -1 if all others are taken. left is false if all runs are done.
func (p *pool) take() (i int, changed <-chan struct{}, left bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.state {
		if p.state[i] == waiting && !p.busy(i) {
			p.state[i] = taken
			return i, nil, true
		}
		left = left || p.state[i] != done
	}
	return -1, p.changed, left
}

// busy reports whether a goroutine here trains another run of the same job, whose directory is the same.
func (p *pool) busy(i int) bool {
	for k := range p.state {
		if k != i && p.state[k] == taken && p.runs[k].Dir() == p.runs[i].Dir() {
			return true
		}
	}
	return false
}

func (p *pool) set(i int, s state) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state[i] = s
	if s == done {
		close(p.changed)
		p.changed = make(chan struct{})
	}
}

// retry makes the runs that another process trained available again.
func (p *pool) retry() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.state {
		if p.state[i] == elsewhere {
			p.state[i] = waiting
		}
	}
}

func (p *pool) event(e Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.Events != nil {
		p.Events(e)
	}
}
