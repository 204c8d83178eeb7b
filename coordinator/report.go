package coordinator

import (
	"sync"

	"braid/coordinator/dispatch"
	"braid/run"
	"braid/train"
)

// report collects a fleet's entries for the run's journal. Safe for concurrent use.
type report struct {
	mu   sync.Mutex
	news []run.Entry
}

func (r *report) quarantined(step uint64, q dispatch.Quarantined) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.news = append(r.news, run.Entry{Event: run.EventQuarantined, Step: step, Message: q.Name + ": " + q.Why,
		Fields: map[string]any{"worker": q.Worker}})
}

// stored notes that blobs lost by NATS were stored again.
func (r *report) stored(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.news = append(r.news, run.Entry{Event: run.EventStored, Message: text})
}

// News returns the entries since the last call.
func (w *workers) News() []run.Entry {
	r := &w.report
	r.mu.Lock()
	defer r.mu.Unlock()
	news := r.news
	r.news = nil
	return news
}

// Figures returns the counters of rare events.
func (w *workers) Figures() map[string]any {
	c := w.stats.dispatch.Load()
	if c == nil {
		c = new(dispatch.Counters)
	}
	return map[string]any{"audits": c.Audits, "audit_mismatches": c.Mismatches, "quarantined": c.Quarantined,
		"not_finite_nodes": c.NotFinite}
}

// event counts an event of the training.
func (w *workers) event(e train.Event) {
	w.stats.times.event(e)
	if u, ok := e.(train.Unsaved); ok {
		w.stats.unsaved.Add(1)
		w.log.Error(u.String())
	}
}
