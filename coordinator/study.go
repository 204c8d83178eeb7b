package coordinator

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"braid/protocol"
	"braid/run"
	"braid/study"
	"braid/study/local"
	"braid/transport"
)

// StudyConfig configures the coordinator of a study. Of Config it reads what concerns NATS, the log and the status.
type StudyConfig struct {
	Config
	Runs []study.Run
	Dir  string // of the study, as local.Config.Dir

	// Lost is the time without a beat after which a run goes to another worker, 0: 15 s.
	Lost time.Duration

	Finished func(r *study.Run, left int)    // called after each run; may be nil
	Copied   func(r *study.Run, step uint64) // called after each copy of a checkpoint; may be nil
}

const studyLost = 15 * time.Second

// studySpace is the namespace of a study's blobs in the fleet's store.
const studySpace = "study"

// Study hands out whole runs to workers until all are finished. The run directories are then those that local.Train
// leaves. Study trains nothing itself.
func Study(ctx context.Context, c StudyConfig) error {
	c.complete()
	if c.Lost == 0 {
		c.Lost = studyLost
	}
	if err := protocol.CheckName("--fleet", string(c.Fleet)); err != nil {
		return err
	}
	h := &handout{StudyConfig: c, runs: make([]handedOut, len(c.Runs)), asked: make(chan protocol.StudyRequest, 256),
		given: map[string]given{}, published: map[string]bool{}}
	if err := h.look(); err != nil {
		return err
	}
	conns, closeConns, err := connect(ctx, &h.Config)
	if err != nil {
		return err
	}
	defer closeConns()
	h.conn = conns.conn
	store, err := conns.bulk.MakeStore(ctx, c.Fleet, transport.Keeping{Memory: c.Listen != "", Replicas: c.Replicas})
	if err != nil {
		return err
	}
	h.store = store.Namespace(studySpace)
	stop, err := h.conn.Subscribe(c.Fleet.Study(), h.receive)
	if err != nil {
		return err
	}
	defer stop()
	return h.serve(ctx)
}

// look finds the runs that are finished. It refuses runs that a fleet cannot train.
func (h *handout) look() error {
	for i := range h.Runs {
		r := &h.Runs[i]
		if j := r.Job; j.Init.From != "" || j.Encoder.Word.Vectors.File != "" {
			return fmt.Errorf("%s: its parameters start from files, which workers do not have: train the study with braid "+
				"compare", r.String())
		}
		dir := h.dir(i)
		switch condition, err := run.Examine(dir, r.Job); {
		case err != nil:
			return err
		case condition == run.Unfinished:
			return fmt.Errorf("%s: holds an unfinished run of a local study: finish it with braid compare, remove it, or "+
				"choose another directory with --out", dir)
		case condition == run.Finished:
			if _, err := local.Read(dir, r); err != nil {
				return err
			}
			h.runs[i].done = true
		}
	}
	return nil
}

func (h *handout) dir(i int) string {
	return filepath.Join(h.StudyConfig.Dir, local.RunsDir, h.Runs[i].Dir())
}

// receive takes a request, on NATS's goroutine. Requests beyond the queue are dropped: workers repeat them.
func (h *handout) receive(r transport.Received) {
	q, err := protocol.ParseStudyRequest(r.Data)
	if err != nil {
		h.Log.Warn("a request that cannot be read", "error", err)
		return
	}
	select {
	case h.asked <- q:
	default:
	}
}

// serve answers requests until all runs are finished, and then for the time of Farewell.
func (h *handout) serve(ctx context.Context) error {
	for h.left() > 0 {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case q := <-h.asked:
			answer, err := h.answer(ctx, q)
			if err != nil {
				return err
			}
			h.reply(q, answer)
		case err := <-h.conn.Broken():
			return err
		case <-time.After(time.Second): // so that lost workers are noticed in the log
		}
		h.drop()
	}
	for farewell := time.After(h.Farewell); ; {
		select {
		case q := <-h.asked:
			h.reply(q, protocol.StudyAnswer{Kind: protocol.StudyOver})
		case <-farewell:
			return h.store.KeepOnly(context.WithoutCancel(ctx), nil)
		case <-ctx.Done():
			return nil
		}
	}
}

func (h *handout) reply(q protocol.StudyRequest, a protocol.StudyAnswer) {
	if err := h.conn.Publish(q.Inbox, protocol.EncodeStudy(a)); err != nil {
		h.Log.Warn("no answer to a worker", "worker", q.Worker, "error", err)
	}
}
