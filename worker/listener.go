package worker

import (
	"context"
	"time"

	"braid/transport"
)

// listener subscribes to the multicast and ends the subscription, away from the loop: with a busy connection either
// may take a while.
type listener struct {
	inlet   *transport.Inlet
	conn    *transport.Conn
	subject string
	on      chan bool // the newest request: subscribed or not
	report  func(on bool)
}

// want requests to be subscribed, or not, and replaces an earlier request.
func (l *listener) want(on bool) {
	select {
	case <-l.on:
	default:
	}
	l.on <- on
}

const flushPatience = 10 * time.Second

// run carries out requests until ctx ends.
func (l *listener) run(ctx context.Context) {
	var stop func()
	for {
		select {
		case <-ctx.Done():
			return
		case on := <-l.on:
			if on && stop == nil {
				stop, _ = l.inlet.Subscribe(l.subject)
			} else if !on && stop != nil {
				stop()
				stop = nil
			}
		}
		flushing, done := context.WithTimeout(ctx, flushPatience)
		err := l.conn.Flush(flushing)
		done()
		l.report(stop != nil && err == nil) // if it failed, the coordinator sends Listen again
	}
}
