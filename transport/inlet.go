package transport

import (
	"sync"

	"github.com/nats-io/nats.go"
)

// Inlet receives the messages of several subjects in the order of their arrival. Separate
// subscriptions have no order between them.
type Inlet struct {
	conn    *Conn
	arrived chan *nats.Msg
	stop    chan struct{}
	done    chan struct{}
	once    sync.Once
}

// inletMessages is the capacity of an Inlet. The protocol's windows use less than half. More messages than
// that come from a client that floods a server without keys. The count of the next chunk shows that a chunk was
// dropped, and the chunk is sent again.
const inletMessages = 8192

// NewInlet returns an Inlet without subjects. It calls receive for one message at a time, until Close or until the
// connection is closed.
func (conn *Conn) NewInlet(receive func(Received)) *Inlet {
	in := &Inlet{conn: conn, arrived: make(chan *nats.Msg, inletMessages), stop: make(chan struct{}),
		done: make(chan struct{})}
	closed := conn.nc.StatusChanged(nats.CLOSED)
	go func() {
		defer close(in.done)
		defer conn.nc.RemoveStatusListener(closed)
		for {
			select {
			case m := <-in.arrived:
				receive(Received{Subject: m.Subject, Data: m.Data})
			case <-in.stop:
				return
			case <-closed:
				return
			}
		}
	}()
	return in
}

// Subscribe adds a subject until stop is called. Messages that have arrived by then are still delivered.
func (in *Inlet) Subscribe(subject string) (stop func(), err error) {
	sub, err := in.conn.nc.ChanSubscribe(subject, in.arrived)
	if err != nil {
		return nil, err
	}
	in.conn.bounded.Store(sub, func() {})
	return func() { _ = sub.Unsubscribe(); in.conn.bounded.Delete(sub) }, nil
}

// Close returns after the last call of receive.
func (in *Inlet) Close() {
	in.once.Do(func() { close(in.stop) })
	<-in.done
}
