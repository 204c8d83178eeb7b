package coordinator

import (
	"sync"
	"sync/atomic"
	"time"

	"braid/coordinator/stream"
	"braid/gradient"
	"braid/nn"
	"braid/protocol"
	"braid/train"
	"braid/transport"
)

// publisher sends parameters to the workers, in a goroutine of its own. A stream.Machine decides which items are
// sent, to whom and when. The coordinator's parameters are read only between begin and release, which waits for
// the chunk that is being encoded; a chunk that waits for the network is a copy.
type publisher struct {
	bulk      *transport.Conn
	subject   protocol.FleetName
	precision gradient.Precision
	begun     time.Time
	unsent    func(subject string, err error)
	bytes     atomic.Int64 // of parameters
	nanos     atomic.Int64 // encoding and publishing them

	wake   chan struct{} // there may be something to send
	events chan struct{} // the machine has events
	stop   chan struct{}
	done   chan struct{}

	mu      sync.Mutex
	machine *stream.Machine
	params  *nn.ParamSet // nil: not to be read now
	added   *nn.ParamSet // by the update, nil: there are no increments

	// What follows belongs to the goroutine.
	writer gradient.Writer
	ids    []uint32
}

func newPublisher(bulk *transport.Conn, subject protocol.FleetName, term uint64, shape gradient.Shape,
	p gradient.Precision, chunk int, beat time.Duration,
	unsent func(string, error)) *publisher {
	x := &publisher{bulk: bulk, subject: subject, precision: p, begun: time.Now(), unsent: unsent,
		wake: make(chan struct{}, 1), events: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
		machine: stream.New(stream.Config{Term: term, Groups: itemGroups(shape), Chunk: chunk - itemSlack, Beat: beat})}
	go x.run()
	return x
}

// close ends the goroutine.
func (x *publisher) close() {
	close(x.stop)
	<-x.done
}

// do calls f with the machine and wakes those that wait for its output.
func (x *publisher) do(f func(m *stream.Machine, now time.Duration)) {
	x.mu.Lock()
	f(x.machine, time.Since(x.begun))
	x.mu.Unlock()
	x.signal(x.wake)
	x.signal(x.events)
}

func (x *publisher) signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// begin publishes parameters until release, and returns their version.
func (x *publisher) begin(ps *nn.ParamSet, c train.Changed) (version uint64) {
	x.do(func(m *stream.Machine, now time.Duration) {
		x.params, x.added = ps, c.Delta
		version = m.Begin(now, stream.Change{All: c.All, Items: changedItems(m, ps, c), Delta: c.Delta != nil})
	})
	return version
}

// release returns when the numbers are no longer read.
func (x *publisher) release() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.params, x.added = nil, nil
	x.machine.Release()
}

// take returns the machine's events.
func (x *publisher) take() []stream.Event {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.machine.Events()
}

func (x *publisher) counters() stream.Counters {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.machine.Counters
}

// run sends what the machine gives.
func (x *publisher) run() {
	defer close(x.done)
	for {
		select {
		case <-x.stop:
			return
		default:
		}
		x.mu.Lock()
		c, ok := x.machine.Next(time.Since(x.begun))
		begin := time.Now()
		if ok {
			x.encode(c)
		}
		x.mu.Unlock()
		if ok {
			x.send(c)
			x.nanos.Add(int64(time.Since(begin)))
			continue
		}
		x.signal(x.events)
		select {
		case <-x.stop:
			return
		case <-x.wake:
		}
	}
}

// encode copies the items of a chunk.
func (x *publisher) encode(c stream.Chunk) {
	head, ok := c.Header.(*protocol.Params)
	if !ok {
		return
	}
	x.writer.Precision, x.writer.Room = head.Precision(x.precision), protocol.Room
	x.writer.Begin()
	ps := x.params
	if head.Delta {
		ps = x.added
	}
	x.ids = writeItems(&x.writer, x.machine, ps, c.Items, x.ids)
}

// send publishes a chunk. A chunk that cannot be sent counts as lost; the stream finds lost chunks.
func (x *publisher) send(c stream.Chunk) {
	subject := x.subject.Params()
	if a, ok := protocol.ParseAddress(c.Worker); ok {
		subject = x.subject.Feed(a)
	}
	if _, ok := c.Header.(*protocol.Params); !ok {
		x.unsent(subject, x.bulk.Publish(subject, protocol.Frame(c.Header)))
		return
	}
	x.writer.Send = func(buf []byte, _ bool) error {
		x.bytes.Add(int64(len(buf) - protocol.Room))
		return protocol.Window(buf, protocol.Room, len(buf), c.Header,
			func(frame []byte) error { return x.bulk.Publish(subject, frame) })
	}
	x.unsent(subject, x.writer.End())
}
