package coordinator

import (
	"sync"
	"time"

	"braid/coordinator/dispatch"
	"braid/data"
	"braid/gradient"
	"braid/model"
	"braid/protocol"
	"braid/transport"

	"github.com/hashicorp/go-hclog"
)

// workers is the train.Fleet of workers behind NATS: it gives messages and ticks to a dispatch.Machine and carries
// out the effects that the machine returns. One goroutine, loop, owns the machine.
type workers struct {
	conns
	subject protocol.FleetName
	log     hclog.Logger

	arch      *model.Architecture
	sets      []data.Set
	precision gradient.Precision
	chunk     int // bytes
	lead      protocol.Lead
	beat      time.Duration

	mail   chan mail
	hellos chan arrived
	void   string // prefix of the reply subjects on which NATS reports messages without a subscriber
	voids  chan transport.Received
	calls  chan *call
	ended  chan *call // calls whose context has ended
	stop   chan struct{}
	done   chan struct{}
	closed sync.Once

	subscribed []func()
	err        error // why the loop ended; valid once done is closed

	farewell chan farewell

	stats  stats
	report report

	missing   chan string // hashes of blobs that workers could not fetch; "" means the whole store
	publisher *publisher

	// The loop owns all fields below.
	machine  *dispatch.Machine
	boxes    map[string]*mailbox // of admitted workers, by name
	ration   ration
	speaking string // the worker whose message is being handled, "" if none
	begun    time.Time
	led      time.Time // of the last announcement
	call     *call     // nil between calls
	answers  answers
	accept   func() // adds the answer that is being handled to the sum
	frame    []byte
	last     []*gradient.Gradient // results of the previous call, free for reuse at the next
	step     uint64               // of the current or last call, for messages
	spent    spent                // of the current round
}

func newWorkers(conns conns, c Config, machine dispatch.Config, arch *model.Architecture, sets []data.Set) (*workers,
	error) {
	w := &workers{
		conns: conns, subject: c.Fleet, log: c.Log,
		arch: arch, sets: sets, precision: gradient.ParsePrecision(c.Job.Training.Precision), chunk: machine.Chunk,
		beat:  c.Beat,
		lead:  protocol.Lead{Term: machine.Term, Leader: machine.Leader, Job: machine.Job, Note: c.note()},
		boxes: map[string]*mailbox{}, mail: make(chan mail, 16), hellos: make(chan arrived, joinQueue),
		void: conns.conn.Inbox(), voids: make(chan transport.Received, 256),
		calls: make(chan *call), ended: make(chan *call), farewell: make(chan farewell),
		stop: make(chan struct{}), done: make(chan struct{}), missing: make(chan string, 16),
		machine: dispatch.New(machine), begun: time.Now(),
	}
	w.answers.init(arch, sets, w.precision)
	stop, err := w.conn.SubscribeBounded(w.void+".>", transport.Limits{Messages: 4096, Bytes: 1 << 20}, nil, w.receiveVoid)
	if err == nil {
		w.subscribed = append(w.subscribed, stop)
		stop, err = w.openGate()
	}
	if err != nil {
		w.unsubscribe()
		return nil, err
	}
	w.subscribed = append(w.subscribed, stop)
	w.publisher = newPublisher(w.bulk, c.Fleet, machine.Term, arch.ParamShape(), w.precision, machine.Chunk, c.Beat,
		w.unsent)
	go w.loop()
	return w, nil
}

// Workers returns the number of workers that can be given work now.
func (w *workers) Workers() int { return int(w.stats.workers.Load()) }

// Close ends the loop without a message to the workers, which then wait for a coordinator.
func (w *workers) Close() error {
	w.closed.Do(func() { close(w.stop); w.unsubscribe() })
	<-w.done
	return nil
}

func (w *workers) unsubscribe() {
	for _, stop := range w.subscribed {
		stop()
	}
}
