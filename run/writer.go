package run

import (
	"fmt"
	"time"
)

// Bounds on retries after a checkpoint that could not be written.
const (
	maxFailures = 5                // in a row, after which Write returns the error
	retryEvery  = 10 * time.Second // least time between two attempts of Write
)

// Attempt is the outcome of writing one checkpoint.
type Attempt struct {
	Step   uint64
	Err    error // nil: the checkpoint is on disk
	InARow int   // failures since the last success, this one included
	Last   bool  // the run ends with this failure
}

// Writer writes checkpoints in the background: the caller waits for a copy in memory, not for the disk. A
// checkpoint that cannot be written is not an error at first: training continues, and the next checkpoint is
// the next attempt. Its methods must be called from one goroutine.
type Writer struct {
	dir    *Dir
	keep   int
	before func() error  // syncs the files that a checkpoint must not be ahead of; nil: none
	heard  func(Attempt) // called on the writer's goroutine or the caller's; nil: none

	retryEvery time.Duration

	busy chan struct{} // closed when the current write ends; nil: there is none

	// Owned by the current write until busy is closed, then by the caller of Wait.
	saved    uint64      // newest step on disk
	failures int         // since the last success
	failed   time.Time   // time of the newest failure
	err      error       // of the newest failure
	best     *Checkpoint // a best checkpoint that later ones refer to and that is not on disk; nil: none
}

// NewWriter returns a writer that keeps the last keep checkpoints and the best one. saved is the step of the
// newest checkpoint in the directory, 0 if there is none. before runs before each checkpoint, heard after
// each attempt; both may be nil.
func NewWriter(d *Dir, keep int, saved uint64, before func() error, heard func(Attempt)) *Writer {
	return &Writer{dir: d, keep: keep, saved: saved, before: before, heard: heard, retryEvery: retryEvery}
}

// Write copies c and starts writing the copy. It first waits for the previous write, so that memory holds at
// most one copy, and one of a best checkpoint that could not be written. It returns an error after
// maxFailures failures in a row.
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

// WriteNow returns when c is on disk. It is for the last checkpoint of a run, which has no successor to
// retry: if the first attempt fails, WriteNow makes a second one.
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

// Saved returns the step of the newest checkpoint on disk, 0 if there is none. It waits for the current write.
func (w *Writer) Saved() uint64 {
	w.Wait()
	return w.saved
}

// Wait waits for the current write, if there is one.
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

// note counts an attempt and reports it to heard.
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

// write writes c. If c refers to a best checkpoint that is not on disk, write writes that one first, because
// c cannot be resumed without it.
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
