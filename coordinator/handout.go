package coordinator

import (
	"context"
	"fmt"
	"maps"
	"time"

	"braid/protocol"
	"braid/transport"
)

// handout is a study that workers train.
type handout struct {
	StudyConfig
	conn  *transport.Conn
	store *transport.Store
	runs  []handedOut
	asked chan protocol.StudyRequest
	given map[string]given // by worker

	published map[string]bool // by hash: the blobs of jobs and their data
}

// given is the answer to the newest request of a worker for a run. A repeated request gets the same answer.
type given struct {
	seq    uint64
	answer protocol.StudyAnswer
	at     time.Time
}

// maxStudyWorkers bounds the workers whose answers are kept.
const maxStudyWorkers = 10_000

// handedOut is the state of a run.
type handedOut struct {
	done     bool
	worker   string // that trains the run; "": none
	seen     time.Time
	manifest string // of the job and its data; "": not stored yet
	copy     protocol.Copy
	files    protocol.Manifest // of the copy
	failures int
}

// maxRunFailures is the number of failures of a run after which the study ends.
const maxRunFailures = 3

func (h *handout) left() (n int) {
	for _, r := range h.runs {
		if !r.done {
			n++
		}
	}
	return n
}

// drop takes runs from workers that are silent. Requests that wait here are answered first: reading the data of a run
// may have delayed them.
func (h *handout) drop() {
	if len(h.asked) > 0 {
		return
	}
	for i := range h.runs {
		if r := &h.runs[i]; r.worker != "" && time.Since(r.seen) > h.Lost {
			h.Log.Warn("a worker is lost; its run goes to another one", "worker", r.worker, "run", h.Runs[i].String(),
				"from step", r.copy.Step)
			r.worker = ""
		}
	}
	for worker, g := range h.given {
		if time.Since(g.at) > h.Lost {
			delete(h.given, worker)
		}
	}
}

// answer handles a request. An error ends the study.
func (h *handout) answer(ctx context.Context, q protocol.StudyRequest) (a protocol.StudyAnswer, err error) {
	if q.Kind == protocol.StudyAsk {
		if last := h.given[q.Worker]; last.seq == q.Seq {
			return last.answer, nil
		}
		if _, known := h.given[q.Worker]; !known && len(h.given) >= maxStudyWorkers {
			return protocol.StudyAnswer{Kind: protocol.StudyWait}, nil
		}
		a, err := h.next(ctx, q.Worker)
		h.given[q.Worker] = given{q.Seq, a, time.Now()}
		return a, err
	}
	a.Run, a.Kind = q.Run, protocol.StudyDrop
	if q.Run >= len(h.runs) || h.runs[q.Run].done || q.Name != h.Runs[q.Run].Dir() {
		return a, nil
	}
	r := &h.runs[q.Run]
	if q.Kind == protocol.StudyBeat && r.worker == "" && !h.busy(h.Runs[q.Run].Dir()) {
		r.worker = q.Worker // it was silent for some time, or trained the run for an earlier coordinator
	}
	if r.worker != q.Worker {
		return a, nil
	}
	a.Kind, r.seen = protocol.StudyGo, time.Now()
	switch q.Kind {
	case protocol.StudyBeat:
		if q.Copy.Manifest != "" {
			h.keep(ctx, q.Run, q.Copy)
		}
	case protocol.StudyFailed:
		r.worker, r.failures = "", r.failures+1
		h.Log.Warn("a worker cannot train a run", "worker", q.Worker, "run", h.Runs[q.Run].String(), "why", q.Why)
		if r.failures >= maxRunFailures {
			return a, fmt.Errorf("%s: %d workers cannot train it: %s", h.Runs[q.Run].String(), r.failures, q.Why)
		}
	case protocol.StudyDone:
		if err := h.take(ctx, q.Run, q.Copy.Manifest); err != nil {
			// The result is damaged or not of this run. Another worker trains it again.
			r.worker, r.copy, r.files, r.failures = "", protocol.Copy{}, nil, r.failures+1
			h.Log.Warn("a result is refused", "worker", q.Worker, "run", h.Runs[q.Run].String(), "why", err)
			if r.failures >= maxRunFailures {
				return a, fmt.Errorf("%s: %w", h.Runs[q.Run].String(), err)
			}
		}
	default:
		a.Kind = protocol.StudyDrop
	}
	return a, nil
}

// next hands a run to a worker. Two runs of one job are not trained at the same time, since they share a directory.
func (h *handout) next(ctx context.Context, worker string) (a protocol.StudyAnswer, err error) {
	a.Kind = protocol.StudyWait
	for i := range h.runs {
		if h.runs[i].worker == worker {
			h.runs[i].worker = "" // the worker has given the run up
		}
	}
	for i := range h.runs {
		r := &h.runs[i]
		if r.done || h.busy(h.Runs[i].Dir()) || h.same(i) {
			continue
		}
		if r.manifest == "" {
			if r.manifest, err = h.publish(ctx, h.Runs[i].Job); err != nil {
				return a, fmt.Errorf("%s: %w", h.Runs[i].String(), err)
			}
		}
		r.worker, r.seen = worker, time.Now()
		return protocol.StudyAnswer{Kind: protocol.StudyTrain, Run: i, Name: h.Runs[i].Dir(), Manifest: r.manifest,
			Copy: r.copy}, nil
	}
	if h.left() == 0 {
		a.Kind = protocol.StudyOver
	}
	return a, nil
}

// busy reports whether a worker trains a run of the directory.
func (h *handout) busy(dir string) bool {
	for i := range h.runs {
		if h.runs[i].worker != "" && h.Runs[i].Dir() == dir {
			return true
		}
	}
	return false
}

// same marks a run as done if another run of the same job is.
func (h *handout) same(i int) bool {
	for k := range h.runs {
		if h.runs[k].done && h.Runs[k].Dir() == h.Runs[i].Dir() {
			h.runs[i].done = true
		}
	}
	return h.runs[i].done
}

// keep replaces the copy of a run's checkpoint.
func (h *handout) keep(ctx context.Context, i int, c protocol.Copy) {
	files, err := readManifest(ctx, h.store, c.Manifest)
	if err != nil || c.Step <= h.runs[i].copy.Step {
		return
	}
	h.replace(ctx, i, c, files)
	if h.Copied != nil {
		h.Copied(&h.Runs[i], c.Step)
	}
}

// replace sets the copy of a run, and deletes those blobs of the one before that nothing needs. Two runs may have a
// blob in common: with another number of steps, training begins in the same way.
func (h *handout) replace(ctx context.Context, i int, c protocol.Copy, files protocol.Manifest) {
	old := append(h.runs[i].files, protocol.Item{Hash: h.runs[i].copy.Manifest})
	h.runs[i].copy, h.runs[i].files = c, files
	needed := maps.Clone(h.published)
	for _, r := range h.runs {
		needed[r.copy.Manifest] = true
		for _, f := range r.files {
			needed[f.Hash] = true
		}
	}
	for _, f := range old {
		if !needed[f.Hash] && f.Hash != "" {
			_ = h.store.Delete(ctx, f.Hash) // otherwise the end of the study deletes the blob
		}
	}
}
