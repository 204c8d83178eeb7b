package train

import (
	"sync"
	"time"

	"braid/run"
)

// waitNoteEvery is the least time between two lines of the journal about waiting: a slow
// fleet waits in every step, and the journal is for people.
const waitNoteEvery = 5 * time.Second

// waits passes on what a fleet waits for, and notes it in the journal: what for and since
// when, and how long it was once it is over. Safe for several goroutines, since a fleet
// speaks on its own.
type waits struct {
	events  func(Event)
	journal *run.Journal
	told    func(string) // hear, as a value that is made once

	mu    sync.Mutex
	step  uint64    // done when the fleet was asked
	since time.Time // when it was
	noted time.Time // when the journal last heard of a wait
	open  bool      // a wait is noted that has no end yet
}

func newWaits(events func(Event), journal *run.Journal) *waits {
	w := &waits{events: events, journal: journal}
	w.told = w.hear
	return w
}

// begin says that the fleet is asked for something, so many steps being done.
func (w *waits) begin(step uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.step, w.since = step, time.Now()
}

// hear takes the fleet's word.
func (w *waits) hear(what string) {
	w.events(Waiting{what})
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if now.Sub(w.noted) < waitNoteEvery {
		return
	}
	w.noted, w.open = now, true
	_ = w.journal.Note(run.Entry{Event: run.EventWaiting, Step: w.step, Message: what,
		Fields: map[string]any{run.FieldSince: w.since.Format(time.RFC3339Nano)}})
}

// end says that the fleet has answered, and how many steps are done now.
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
