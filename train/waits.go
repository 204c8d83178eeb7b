package train

import (
	"sync"
	"time"

	"braid/run"
)

// waitNoteEvery is the least time between two entries of the journal about waits. A slow fleet waits in every step.
const waitNoteEvery = 5 * time.Second

// waits reports the waits of a fleet as events, and notes them in the journal: cause and start, and the duration
// when a wait has ended. It is safe for concurrent use, because a fleet reports from its own goroutines.
type waits struct {
	events  func(Event)
	journal *run.Journal
	report  func(cause string) // method value of note, made once so that a step allocates nothing

	mu    sync.Mutex
	step  uint64    // steps done before the current call of the fleet
	since time.Time // start of that call
	noted time.Time // time of the last entry of a wait
	open  bool      // the journal has a wait that has not ended
}

func newWaits(events func(Event), journal *run.Journal) *waits {
	w := &waits{events: events, journal: journal}
	w.report = w.note
	return w
}

// begin marks the start of a call of the fleet, with the number of steps done.
func (w *waits) begin(step uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.step, w.since = step, time.Now()
}

// note reports a wait.
func (w *waits) note(cause string) {
	w.events(Waiting{cause})
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if now.Sub(w.noted) < waitNoteEvery {
		return
	}
	w.noted, w.open = now, true
	_ = w.journal.Note(run.Entry{Event: run.EventWaiting, Step: w.step, Message: cause,
		Fields: map[string]any{run.FieldSince: w.since.Format(time.RFC3339Nano)}})
}

// end marks the end of a call of the fleet, with the number of steps done.
func (w *waits) end(step uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.open {
		return
	}
	w.open = false
	_ = w.journal.Note(run.Entry{Event: run.EventWaited, Step: step,
		Fields: map[string]any{run.FieldSeconds: time.Since(w.since).Seconds()}})
}
