package transport

import (
	"sync"

	"github.com/nats-io/nats.go"
)

// Inlet receives messages of several subjects in the order in which the connection brings them;
// those of separate subscriptions have no order between them.
type Inlet struct {
	conn    *Conn
	arrived chan *nats.Msg
	stop    chan struct{}
	done    chan struct{}
	once    sync.Once
}

// inletMessages is how many may wait. The protocol's windows keep them below half of that. What exceeds
// it is another party's flood, where the server asks for no keys; a chunk that is dropped with it shows
// by its count, and is sent again.
const inletMessages = 8192

// NewInlet hands messages to receive, one at a time, until Close or until the connection is closed.
func (conn *Conn) NewInlet(receive func(Received)) *Inlet {
	in := &Inlet{conn: conn, arrived: make(chan *nats.Msg, inletMessages), stop: make(chan struct{}), done: make(chan struct{})}
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

// Subscribe adds a subject until stop is called. What has arrived by then is still handed over.
func (in *Inlet) Subscribe(subject string) (stop func(), err error) {
	sub, err := in.conn.nc.ChanSubscribe(subject, in.arrived)
	if err != nil {
		return nil, err
	}
	in.conn.bounded.Store(sub, func() {})
	return func() { _ = sub.Unsubscribe(); in.conn.bounded.Delete(sub) }, nil
}

// Close returns when receive is not called any more.
func (in *Inlet) Close() {
	in.once.Do(func() { close(in.stop) })
	<-in.done
}
