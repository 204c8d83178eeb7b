package run

import "fmt"

// Writer writes checkpoints behind the training's back: the loop waits for a copy in
// memory, not for the disk.
type Writer struct {
	dir     *Dir
	keep    int
	before  func() error      // makes durable what a checkpoint must not be ahead of
	written func(step uint64) // told after the rename; called on the writer's goroutine

	busy chan error // holds the result of the write that is under way; nil: none is
}

// NewWriter returns a writer that keeps the last keep checkpoints and the best. before
// runs on the caller's goroutine in Write; it may be nil, and so may written.
func NewWriter(d *Dir, keep int, before func() error, written func(step uint64)) *Writer {
	return &Writer{dir: d, keep: keep, before: before, written: written}
}

// Write copies c and starts writing the copy. It waits for the write before, whose error
// it returns: at most one copy lies in memory.
func (w *Writer) Write(c *Checkpoint) error {
	if err := w.Wait(); err != nil {
		return err
	}
	if w.before != nil {
		if err := w.before(); err != nil {
			return fmt.Errorf("before the checkpoint of step %d: %w", c.Step, err)
		}
	}
	snapshot := c.Snapshot()
	done := make(chan error, 1)
	w.busy = done
	go func() { done <- w.write(snapshot) }()
	return nil
}

func (w *Writer) write(c *Checkpoint) error {
	if err := w.dir.Save(c); err != nil {
		return err
	}
	if w.written != nil {
		w.written(c.Step)
	}
	return w.dir.Prune(w.keep)
}

// Wait returns when nothing is being written.
func (w *Writer) Wait() error {
	if w.busy == nil {
		return nil
	}
	err := <-w.busy
	w.busy = nil
	return err
}
