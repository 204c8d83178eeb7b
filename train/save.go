package train

import "braid/run"

// save starts writing a checkpoint of the current state. It returns an error if too many checkpoints in a row could
// not be written.
func (l *loop) save() error {
	l.tick()
	return l.writer.Write(l.checkpoint())
}

// saveNow writes a checkpoint of the current state and returns when it is on disk.
func (l *loop) saveNow() error {
	l.tick()
	return l.writer.WriteNow(l.checkpoint())
}

// attempted notes the outcome of an attempt to write a checkpoint. It is called on the writer's goroutine.
func (l *loop) attempted(a run.Attempt) {
	if a.Err == nil {
		l.note(run.EventCheckpointed, a.Step, "")
		l.Events(Checkpointed{a.Step})
		return
	}
	_ = l.dir.Journal.Note(run.Entry{Event: run.EventUnsaved, Step: a.Step, Message: a.Err.Error(),
		Fields: map[string]any{run.FieldInARow: a.InARow}})
	l.Events(Unsaved(a))
}
