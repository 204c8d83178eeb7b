package transport

import (
	"github.com/nats-io/nats.go"
)

// Limits bound what waits in a subscription whose messages may be lost.
type Limits struct{ Messages, Bytes int }

// SubscribeBounded is Subscribe for messages of which some may be lost: those that the sender
// repeats, and those of a sender that breaks its own limit. What exceeds the limits is dropped
// and counted as overrun; overrun is called once an episode, on another goroutine, and may be
// nil. After stop nothing waits any more.
func (conn *Conn) SubscribeBounded(subject string, l Limits, overrun func(), receive func(Received)) (stop func(), err error) {
	if overrun == nil {
		overrun = func() {}
	}
	sub, err := conn.nc.Subscribe(subject, func(m *nats.Msg) { receive(received(m)) })
	if err != nil {
		return nil, err
	}
	conn.bounded.Store(sub, overrun)
	return func() { _ = sub.Unsubscribe(); conn.bounded.Delete(sub) }, sub.SetPendingLimits(l.Messages, l.Bytes)
}

// overran says whether a slow subscription is one that may lose messages, or is over.
func (conn *Conn) overran(sub *nats.Subscription) bool {
	if sub == nil {
		return false
	}
	overrun, ok := conn.bounded.Load(sub)
	if ok {
		conn.overruns.Add(1)
		overrun.(func())()
	}
	return ok || !sub.IsValid()
}
