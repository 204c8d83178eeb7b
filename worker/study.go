package worker

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"braid/protocol"
	"braid/transport"
)

const (
	studyRetry = time.Second      // between two requests without an answer
	copyEvery  = 20 * time.Second // default of Config.CopyEvery
	warnAfter  = 5 * time.Second  // without an answer
)

// Study trains whole runs of a study, one after the other, each in this process, until all are finished. When ctx ends,
// it stores a last checkpoint and leaves; another worker continues the run from it.
func Study(ctx context.Context, c Config) error {
	if err := c.complete(); err != nil {
		return err
	}
	if c.CopyEvery == 0 {
		c.CopyEvery = copyEvery
	}
	w := &studyWorker{Config: c}
	var drawn [8]byte
	_, _ = rand.Read(drawn[:]) // never fails
	w.name = c.Name + "." + hex.EncodeToString(drawn[:])
	var err error
	if w.conn, err = transport.Connect(ctx, c.Nats); err != nil {
		return err
	}
	defer w.conn.Close()
	bulk := c.Nats
	bulk.Name += " (bulk)"
	if w.bulk, err = transport.Connect(ctx, bulk); err != nil {
		return err
	}
	defer w.bulk.Close()
	if w.dir, err = os.MkdirTemp("", "braid-study-"); err != nil {
		return err
	}
	defer os.RemoveAll(w.dir)
	w.Log.Info("looking for a coordinator of a study", "nats", w.conn.URL(), "name", w.Name, "threads", w.Threads)
	return w.work(ctx)
}

// studyWorker is a worker that trains whole runs.
type studyWorker struct {
	Config
	name       string
	conn, bulk *transport.Conn
	dir        string // of run directories
	calls      atomic.Uint64
}

// work asks for runs and trains them.
func (w *studyWorker) work(ctx context.Context) error {
	for ctx.Err() == nil {
		a, err := w.call(ctx, protocol.StudyRequest{Kind: protocol.StudyAsk})
		if err != nil {
			return err
		}
		switch a.Kind {
		case protocol.StudyOver:
			return nil
		case protocol.StudyTrain:
			if err := w.train(ctx, a); errors.Is(err, errOver) {
				return nil
			} else if err != nil {
				return err
			}
		default:
			select {
			case <-ctx.Done():
			case <-time.After(studyRetry):
			}
		}
	}
	return ctx.Err()
}

// call sends a request and waits for its answer. It repeats the request until there is one, or GiveUp has passed.
func (w *studyWorker) call(ctx context.Context, q protocol.StudyRequest) (a protocol.StudyAnswer, err error) {
	q.Worker, q.Inbox, q.Seq = w.name, w.conn.Inbox(), w.calls.Add(1)
	answers := make(chan protocol.StudyAnswer, 1)
	stop, err := w.conn.Subscribe(q.Inbox, func(r transport.Received) {
		a, err := protocol.ParseStudyAnswer(r.Data)
		if err != nil {
			w.Log.Warn("an answer that cannot be read", "error", err)
			return
		}
		select {
		case answers <- a:
		default:
		}
	})
	if err != nil {
		return a, err
	}
	defer stop()
	warned := false
	for begin := time.Now(); ; {
		if err := w.conn.Publish(w.Fleet.Study(), protocol.EncodeStudy(q)); err != nil {
			w.Log.Debug("a request was not sent", "error", err)
		}
		// The coordinator may be reading the data of another run.
		select {
		case a := <-answers:
			return a, nil
		case <-ctx.Done():
			return a, ctx.Err()
		case err := <-w.conn.Broken():
			return a, err
		case <-time.After(studyRetry):
		}
		if !warned && time.Since(begin) > warnAfter {
			w.Log.Warn("no coordinator of a study answers: waiting for one (coordinator --study DIR)", "fleet", w.Fleet)
			warned = true
		}
		if w.GiveUp > 0 && time.Since(begin) > w.GiveUp {
			return a, fmt.Errorf("no coordinator of a study has answered for %s: start it with coordinator --study", w.GiveUp)
		}
	}
}

// errDropped is the cause with which a training ends whose run belongs to another worker.
var errDropped = errors.New("the run goes to another worker")

// errOver is the cause with which a training ends because others have finished all runs.
var errOver = errors.New("all runs are finished")

// train trains a run and sends its files. A failure is reported to the coordinator and is no error.
func (w *studyWorker) train(ctx context.Context, a protocol.StudyAnswer) error {
	store, err := w.bulk.OpenStore(ctx, w.Fleet)
	if err != nil {
		return err
	}
	w.Log.Info("training a run", "run", a.Run, "from step", a.Copy.Step)
	own, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := &studyRun{studyWorker: w, store: store.Namespace("study"), number: a.Run, name: a.Name, stop: stop,
		copies: make(chan uint64, 1)}
	var beats sync.WaitGroup
	beating, done := context.WithCancel(context.WithoutCancel(ctx))
	beats.Go(func() { r.beat(beating) })
	files, err := r.make(own, a)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		r.copyNewest(context.WithoutCancel(ctx))
	}
	done()
	beats.Wait()
	q := r.request(protocol.StudyDone)
	q.Copy.Manifest = files
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(context.Cause(own), errOver):
		return errOver
	case errors.Is(context.Cause(own), errDropped):
		w.Log.Warn("the run goes to another worker", "run", a.Run)
		return os.RemoveAll(r.dir)
	case err != nil:
		w.Log.Warn("a run cannot be trained", "run", a.Run, "error", err)
		q = r.request(protocol.StudyFailed)
		q.Why = err.Error()
	}
	if _, err = w.call(ctx, q); err == nil && q.Kind == protocol.StudyDone {
		w.Log.Info("a run is finished", "run", a.Run)
	}
	return errors.Join(err, os.RemoveAll(r.dir))
}
