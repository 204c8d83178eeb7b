package run

import (
	"fmt"
	"time"
)

// Bounds of writing again after a checkpoint that failed.
const (
	maxFailures = 5                // in a row, after which Write returns the error
	retryEvery  = 10 * time.Second // the least time between two attempts of Write
)

// Attempt is the outcome of writing one checkpoint.
type Attempt struct {
	Step   uint64
	Err    error // nil: the checkpoint is on disk
	InARow int   // failures since the last success, this one included
	Last   bool  // the run ends with this failure
}

// Writer writes checkpoints behind the training's back: the loop waits for a copy in
// memory, not for the disk. A checkpoint that cannot be written is no error at first: the
// training goes on, and the next one that is due is the next attempt.
type Writer struct {
	dir    *Dir
	keep   int
	before func() error  // makes durable what a checkpoint must not be ahead of
	heard  func(Attempt) // called on the writer's goroutine

	retryEvery time.Duration

	busy chan struct{} // closed when the write that is under way has ended; nil: none is

	// Belongs to the write under way, then to the caller of Wait.
	saved    uint64      // newest step on disk
	failures int         // in a row
	failed   time.Time   // the newest failure
	err      error       // of that
	best     *Checkpoint // later checkpoints name it as their best, and it is not on disk
}

// NewWriter returns a writer that keeps the last keep checkpoints and the best, in a
// directory whose newest is of step saved. before runs on the caller's goroutine; it may be
// nil, and so may heard.
func NewWriter(d *Dir, keep int, saved uint64, before func() error, heard func(Attempt)) *Writer {
	return &Writer{dir: d, keep: keep, saved: saved, before: before, heard: heard, retryEvery: retryEvery}
}

// Write copies c and starts writing the copy. It waits for the write before: at most one
// copy lies in memory, and one of the best step if that could not be written. It returns
// an error after maxFailures attempts in a row have failed.
func (w *Writer) Write(c *Checkpoint) error {
	w.Wait()
	if w.failures >= maxFailures {
		return w.err
	}
	if w.failures > 0 && time.Since(w.failed) < w.retryEvery {
		if c.Best.Step == c.Step {
			w.best = c.Snapshot()
		}
		return nil
	}
	w.begin(c)
	return nil
}

// WriteNow returns when c is on disk. The last checkpoint of a run has no later one that
// would be the next attempt, so a second one is made at once.
func (w *Writer) WriteNow(c *Checkpoint) error {
	w.Wait()
	for range 2 {
		if c.Step <= w.saved {
			return nil
		}
		w.begin(c)
		w.Wait()
	}
	if c.Step <= w.saved {
		return nil
	}
	return w.err
}

// Saved is the step of the newest checkpoint on disk, 0 if there is none.
func (w *Writer) Saved() uint64 {
	w.Wait()
	return w.saved
}

// Wait returns when nothing is being written.
func (w *Writer) Wait() {
	if w.busy != nil {
		<-w.busy
		w.busy = nil
	}
}

func (w *Writer) begin(c *Checkpoint) {
	if w.before != nil {
		if err := w.before(); err != nil {
			w.note(c, fmt.Errorf("before the checkpoint of step %d: %w", c.Step, err))
			if c.Best.Step == c.Step {
				w.best = c.Snapshot()
			}
			return
		}
	}
	snapshot, done := c.Snapshot(), make(chan struct{})
	w.busy = done
	go func() {
		defer close(done)
		w.note(snapshot, w.write(snapshot))
	}()
}

// note counts an attempt and passes it on.
func (w *Writer) note(c *Checkpoint, err error) {
	if w.err = err; err == nil {
		w.failures = 0
	} else {
		w.failures, w.failed = w.failures+1, time.Now()
	}
	if w.heard != nil {
		w.heard(Attempt{Step: c.Step, Err: err, InARow: w.failures, Last: w.failures >= maxFailures})
	}
}

// write writes the best one first if c needs it: c cannot be resumed without it.
func (w *Writer) write(c *Checkpoint) error {
	if w.best != nil && w.best.Step == c.Best.Step && w.best.Step != c.Step {
		if err := w.dir.Save(w.best); err != nil {
			return err
		}
	}
	if err := w.dir.Save(c); err != nil {
		if c.Best.Step == c.Step {
			w.best = c
		}
		return err
	}
	w.saved, w.best = c.Step, nil
	return w.dir.Prune(w.keep)
}
