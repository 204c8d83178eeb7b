package coordinator

import (
	"sync"

	"braid/coordinator/dispatch"
	"braid/run"
	"braid/train"
)

// report gathers what the run's journal is to hold of a fleet. Safe for several goroutines.
type report struct {
	mu   sync.Mutex
	news []run.Entry
}

func (r *report) quarantined(step uint64, q dispatch.Quarantined) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.news = append(r.news, run.Entry{Event: run.EventQuarantined, Step: step, Message: q.Name + ": " + q.Why, Fields: map[string]any{"worker": q.Worker}})
}

// stored notes that something was stored again that NATS had lost.
func (r *report) stored(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.news = append(r.news, run.Entry{Event: run.EventStored, Message: text})
}

// News is what happened since it was last asked for.
func (f *fleet) News() []run.Entry {
	r := &f.report
	r.mu.Lock()
	defer r.mu.Unlock()
	news := r.news
	r.news = nil
	return news
}

// Figures are counters of what should be rare.
func (f *fleet) Figures() map[string]any {
	c := f.stats.dispatch.Load()
	if c == nil {
		c = new(dispatch.Counters)
	}
	return map[string]any{"audits": c.Audits, "audit_mismatches": c.Mismatches, "quarantined": c.Quarantined, "not_finite_nodes": c.NotFinite}
}

// event counts what a training says.
func (f *fleet) event(e train.Event) {
	f.stats.times.event(e)
	if u, ok := e.(train.Unsaved); ok {
		f.stats.unsaved.Add(1)
		f.log.Error(u.String())
	}
}
