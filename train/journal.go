package train

import (
	"fmt"
	"os"
	"path/filepath"

	"braid/internal/kernel"
	"braid/run"
)

// note adds an entry to the journal. Its errors are ignored, because training does not depend on the journal: a
// full disk shows at the next checkpoint.
func (l *loop) note(event string, step uint64, message string) {
	_ = l.dir.Journal.Note(run.Entry{Event: event, Step: step, Message: message})
}

// noteStart notes a start or a resume. The entry has the directory at which the job's relative paths start,
// which is not part of the job.
func (l *loop) noteStart() {
	event := run.EventStarted
	if l.state.Step > 0 {
		event = run.EventResumed
	}
	if before := l.state.Term; before > 0 && l.Term > before {
		l.note(run.EventTakeover, l.state.Step,
			fmt.Sprintf("the coordinator of term %d takes over from that of term %d", l.Term, before))
	}
	l.state.Term = max(l.state.Term, l.Term)
	base, err := filepath.Abs(l.Job.Dir)
	if err != nil {
		base = l.Job.Dir
	}
	_ = l.dir.Journal.Note(run.Entry{Event: event, Step: l.state.Step, Fields: map[string]any{
		run.FieldJobDir: base, run.FieldSteps: l.Plan.Steps(), run.FieldTerm: l.state.Term, run.FieldKernel: kernel.Class(),
		run.FieldPID: os.Getpid(), "form": kernel.Form(), "workers": l.Fleet.Workers()}})
}

// noteEnd notes the end of a training, with the figures of the fleet.
func (l *loop) noteEnd(event, message string) {
	l.noteNews()
	e := run.Entry{Event: event, Step: l.state.Step, Message: message}
	if r, ok := l.Fleet.(Reporter); ok {
		e.Fields = r.Figures()
	}
	_ = l.dir.Journal.Note(e)
}

// noteNews notes what happened in the fleet since the last call.
func (l *loop) noteNews() {
	if r, ok := l.Fleet.(Reporter); ok {
		for _, e := range r.News() {
			_ = l.dir.Journal.Note(e)
		}
	}
}
