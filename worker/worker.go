package worker

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"braid/protocol"
	"braid/transport"
	"braid/worker/session"

	"github.com/hashicorp/go-hclog"
)

// Run works until the job is finished, or with Config.Stay for one job after another. When ctx ends, Run drains and
// leaves.
func Run(ctx context.Context, c Config) error {
	if err := c.complete(); err != nil {
		return err
	}
	conn, err := transport.Connect(ctx, c.Nats)
	if err != nil {
		return err
	}
	defer conn.Close()
	forBulk := c.Nats
	forBulk.Name += " (bulk)"
	bulk, err := transport.Connect(ctx, forBulk)
	if err != nil {
		return err
	}
	defer bulk.Close()
	if _, err := conn.Chunk(); err != nil {
		return err
	}
	if err := conn.NeedJetStream(ctx); err != nil {
		return err
	}
	w := newWorker(conn, bulk, c)
	return w.run(ctx)
}

func (c *Config) complete() error {
	if c.Fleet == "" {
		c.Fleet = protocol.DefaultFleet
	}
	if c.Name == "" {
		var b [6]byte
		_, _ = rand.Read(b[:]) // never fails
		c.Name = "w" + hex.EncodeToString(b[:])
	}
	if c.Threads < 1 {
		c.Threads = runtime.GOMAXPROCS(0)
	}
	if c.Beat == 0 {
		c.Beat = 250 * time.Millisecond
	}
	if c.Grace == 0 {
		c.Grace = 5 * time.Second
	}
	if c.Log == nil {
		c.Log = hclog.NewNullLogger()
	}
	c.Nats.Name, c.Nats.Log = "braid worker "+c.Name, c.Log
	return errors.Join(protocol.CheckName("--fleet", string(c.Fleet)), protocol.CheckName("--name", c.Name))
}

// worker is the shell around a session.
type worker struct {
	Config
	conn    *transport.Conn // control
	bulk    *transport.Conn
	machine *session.Machine
	begun   time.Time
	inbox   chan transport.Received // of control
	events  chan any
	done    chan struct{}
	params  *assembly
	compute *computer
	listen  *listener

	current  *jobState
	fetching context.CancelFunc
	frame    []byte
	exit     *session.Exit

	address protocol.Address // of this process
	unheard string           // subject on which NATS reports that a Beat had no subscriber

	reported   uint64 // unreadable messages
	reportedAt time.Time
}

func newWorker(conn, bulk *transport.Conn, c Config) *worker {
	host, _ := os.Hostname()
	id := protocol.Local()
	var drawn [8]byte
	_, _ = rand.Read(drawn[:]) // never fails
	address := protocol.Address{Worker: c.Name, Session: hex.EncodeToString(drawn[:])}
	w := &worker{Config: c, conn: conn, bulk: bulk, begun: time.Now(), address: address, unheard: conn.Inbox(),
		inbox: make(chan transport.Received, 256), events: make(chan any, 256), done: make(chan struct{}),
		fetching: func() {},
		machine: session.New(session.Config{Beat: c.Beat, Stay: c.Stay, GiveUp: c.GiveUp, Hello: protocol.Hello{
			Session: address.Session, Host: host, PID: int64(os.Getpid()), Threads: int64(c.Threads),
			Class: id.Class, SelfTest: id.SelfTest, Platform: id.Platform, MaxPayload: conn.MaxPayload(),
		}}),
	}
	w.params = newAssembly(c.Log, w.event)
	w.compute = &computer{params: w.params, event: w.event, credit: newCredit(), beat: c.Beat,
		publish: func(frame []byte) error { return bulk.Publish(c.Fleet.Up(address), frame) }}
	return w
}

// event hands an event of another goroutine to the loop.
func (w *worker) event(e any) {
	select {
	case w.events <- e:
	case <-w.done:
	}
}

func (w *worker) run(ctx context.Context) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	computed := make(chan struct{})
	go func() { defer close(computed); w.compute.run(work) }()
	defer func() {
		close(w.done)
		w.fetching()
		cancel()
		<-computed
	}()
	inlet := w.bulk.NewInlet(w.params.receive)
	defer inlet.Close()
	if _, err := inlet.Subscribe(w.Fleet.Feed(w.address)); err != nil {
		return err
	}
	w.listen = &listener{inlet: inlet, conn: w.bulk, subject: w.Fleet.Params(), on: make(chan bool, 1),
		report: w.params.listens}
	listenDone := make(chan struct{})
	go func() { defer close(listenDone); w.listen.run(work) }()
	defer func() { cancel(); <-listenDone }()
	for _, subject := range []string{w.unheard, w.Fleet.To(w.address)} {
		if _, err := w.conn.Subscribe(subject, w.hear); err != nil {
			return err
		}
	}
	if _, err := w.conn.SubscribeBounded(w.Fleet.All(), allLimits, nil, w.hearAll); err != nil {
		return err
	}
	// The coordinator could answer on the control connection before the server knows the subscriptions of this one.
	// Parameters that are lost then are requested again.
	_ = w.bulk.Flush(ctx)
	w.Log.Info("looking for a coordinator", "nats", w.conn.URL(), "name", w.Name, "threads", w.Threads)
	return w.loop(ctx)
}

func (w *worker) loop(ctx context.Context) error {
	tick := time.NewTicker(w.Beat / 5)
	defer tick.Stop()
	stop, grace := ctx.Done(), (<-chan time.Time)(nil)
	for w.exit == nil {
		select {
		case r := <-w.inbox:
			w.refresh()
			w.handle(r)
		case e := <-w.events:
			w.refresh()
			w.take(e)
		case <-tick.C:
			w.refresh()
			w.act(w.machine.Tick(w.now()))
			w.reportUnreadable()
		case err := <-w.conn.Broken():
			return err
		case err := <-w.bulk.Broken():
			return err
		case <-stop:
			stop, grace = nil, time.After(w.Grace)
			w.act(w.machine.Step(w.now(), session.Drain{}))
		case <-grace:
			w.Log.Warn("leaving before all answers were sent", "after", w.Grace)
			w.exit = new(session.Exit)
		}
	}
	return w.exit.Err
}

// refresh sets session.Local. Call it before each step of the session.
func (w *worker) refresh() {
	received, applied := w.params.state()
	w.machine.Local = session.Local{Blocked: w.compute.credit.waits(), Received: received, Applied: applied}
}

func (w *worker) now() time.Duration { return time.Since(w.begun) }

// take handles an event of the computer, the assembly or a fetch.
func (w *worker) take(e any) {
	if j, ok := e.(*jobState); ok {
		w.current = j
		w.params.use(j)
		e = session.Fetched{Manifest: j.manifest, Job: j.hash}
	}
	w.act(w.machine.Step(w.now(), e))
}

func (w *worker) handle(r transport.Received) {
	if r.Subject == w.unheard {
		if r.Void {
			w.act(w.machine.Step(w.now(), session.Unheard{}))
		}
		return
	}
	m, _, err := protocol.Decode(r.Data)
	var version *protocol.VersionError
	switch {
	case errors.As(err, &version):
		w.exit = &session.Exit{Err: fmt.Errorf("cannot work with this coordinator: %w", err)}
		return
	case err != nil:
		w.params.unreadable.Add(1)
		w.Log.Debug("a message that cannot be read", "error", err)
		return
	}
	w.act(w.machine.Step(w.now(), m))
}

// act carries out the effects of the session.
func (w *worker) act(effects []session.Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case session.Send:
			w.send(e.Message)
		case session.Fetch:
			w.fetch(e.Welcome)
		case session.Compute:
			w.params.compute(&e.Order)
		case session.Listen:
			w.listen.want(e.On)
		case session.Cancel:
			w.params.stop()
		case session.Credit:
			w.compute.credit.allow(e.Limit, e.Fresh)
		case session.Say:
			if e.Warn {
				w.Log.Warn(e.Text)
			} else {
				w.Log.Info(e.Text)
			}
		case session.Exit:
			w.exit = &e
		}
	}
}

func (w *worker) send(m protocol.Message) {
	subject, reply := w.Fleet.From(w.address), ""
	switch m.(type) {
	case *protocol.Hello:
		subject = w.Fleet.Join(w.Name)
	case *protocol.Beat:
		reply = w.unheard
	}
	var err error
	if w.frame, err = protocol.Append(w.frame[:0], m, nil); err == nil {
		err = w.conn.PublishReply(subject, reply, w.frame)
	}
	if err != nil {
		w.Log.Debug("not sent", "error", err)
	}
}

// fetch gets the job that a Welcome names, in a goroutine of its own.
func (w *worker) fetch(welcome protocol.Welcome) {
	w.fetching()
	w.params.begin(welcome)
	if w.current != nil && w.current.manifest == welcome.Manifest {
		// The same job under another leader. The event comes later: the session is in the middle of a step.
		j := w.current
		go w.event(j)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.fetching = cancel
	c := w.Config
	go func() {
		p, err := fetch(ctx, w.bulk, c, welcome)
		if err != nil {
			w.event(notFetched(err))
			return
		}
		w.event(p)
	}()
}
