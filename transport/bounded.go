package transport

import (
	"github.com/nats-io/nats.go"
)

// Limits bound the pending messages of a subscription that may lose messages.
type Limits struct{ Messages, Bytes int }

// SubscribeBounded is Subscribe for messages that may be lost: because their sender repeats them, or
// because a sender that exceeds the limits breaks the protocol. Messages above the limits are dropped
// and counted as overruns. overrun is called once per episode, on another goroutine; it may be nil. stop
// discards pending messages.
func (conn *Conn) SubscribeBounded(subject string, l Limits, overrun func(), receive func(Received)) (stop func(),
	err error) {
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

// overran reports whether a slow subscription is bounded or has ended, and counts an overrun.
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
