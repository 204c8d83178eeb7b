package coordinator

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"braid/internal/await"
	"braid/job"
	"braid/protocol"
	"braid/study"
	"braid/transport"

	"github.com/hashicorp/go-hclog"
)

func newHandout(n int) *handout {
	h := &handout{runs: make([]handedOut, n), given: map[string]given{}}
	h.Lost, h.Log = time.Hour, hclog.NewNullLogger()
	for i := range n {
		h.Runs = append(h.Runs, study.Run{Arm: fmt.Sprint(i), Seed: uint64(i), Job: &job.Job{}})
		h.runs[i].manifest = strings.Repeat("0a", 32)
	}
	return h
}

// The coordinator tells a worker that trains a run of another study to drop the run. It does so even if a run of this
// study has the same number and no worker. A worker that trained the run for an earlier coordinator keeps the run.
func TestStudyDropsRunsOfAnotherStudy(t *testing.T) {
	h := newHandout(2)
	q := protocol.StudyRequest{Kind: protocol.StudyBeat, Worker: "w", Run: 1, Name: "0123456789abcdef-seed1"}
	for _, c := range []struct{ name, want, worker string }{
		{"0123456789abcdef-seed1", protocol.StudyDrop, ""},
		{h.Runs[1].Dir(), protocol.StudyGo, "w"},
	} {
		q.Name = c.name
		if a, err := h.answer(t.Context(), q); err != nil || a.Kind != c.want || h.runs[1].worker != c.worker {
			t.Errorf("run %s: %v, %v, worker %q", c.name, a.Kind, err, h.runs[1].worker)
		}
	}
	h.runs[0].done, q.Run, q.Name = true, 0, h.Runs[0].Dir()
	if a, err := h.answer(t.Context(), q); err != nil || a.Kind != protocol.StudyDrop || h.runs[0].worker != "" {
		t.Errorf("a finished run: %v, %v, worker %q", a.Kind, err, h.runs[0].worker)
	}
}

// Requests of many names take bounded memory. Answers are forgotten after some time, so that later workers get runs.
func TestStudyForgetsAnswers(t *testing.T) {
	h := newHandout(1)
	q := protocol.StudyRequest{Kind: protocol.StudyAsk, Seq: 1}
	for i := range maxStudyWorkers + 100 {
		q.Worker = fmt.Sprint("w", i)
		if _, err := h.answer(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(h.given); n != maxStudyWorkers {
		t.Errorf("%d answers are kept", n)
	}
	q.Worker = "w0" // a repeated request has the same answer
	if a, err := h.answer(t.Context(), q); err != nil || a.Kind != protocol.StudyTrain || a.Name != h.Runs[0].Dir() {
		t.Errorf("%+v, %v", a, err)
	}
	h.Lost = 0
	h.drop()
	q.Worker = "late"
	if a, err := h.answer(t.Context(), q); err != nil || a.Kind != protocol.StudyTrain || len(h.given) != 1 {
		t.Errorf("%+v, %v, %d answers are kept", a, err, len(h.given))
	}
}

// A blob that the copies of two runs have in common stays until neither needs it.
func TestStudyKeepsCommonBlobs(t *testing.T) {
	server, err := transport.ListenTest(transport.TestOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	conn, err := transport.Connect(t.Context(), transport.Config{URL: server.URL(), Wait: await.Limit})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	store, err := conn.MakeStore(t.Context(), protocol.DefaultFleet, transport.Keeping{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	h := newHandout(2)
	h.store, h.published = store.Namespace(studySpace), map[string]bool{}
	copyOf := func(step uint64, blobs ...string) protocol.Copy {
		t.Helper()
		var m protocol.Manifest
		for _, b := range blobs {
			hash, err := h.store.Put(t.Context(), []byte(b))
			if err != nil {
				t.Fatal(err)
			}
			m = append(m, protocol.Item{Name: b, Hash: hash, Size: int64(len(b))})
		}
		hash, err := h.store.Put(t.Context(), m.Text())
		if err != nil {
			t.Fatal(err)
		}
		return protocol.Copy{Step: step, Manifest: hash}
	}
	has := func(blob string) bool {
		return h.store.Check(t.Context(), transport.Hash([]byte(blob)), int64(len(blob))) == nil
	}
	h.keep(t.Context(), 0, copyOf(5, "common", "first"))
	h.keep(t.Context(), 1, copyOf(5, "common"))
	h.keep(t.Context(), 0, copyOf(10, "second"))
	if !has("common") || has("first") || !has("second") {
		t.Errorf("common %v, first %v, second %v", has("common"), has("first"), has("second"))
	}
	h.replace(t.Context(), 1, protocol.Copy{}, nil)
	if has("common") || !has("second") {
		t.Errorf("common %v, second %v", has("common"), has("second"))
	}
}
