package hostile

import (
	"context"
	"fmt"
	"time"

	"braid/protocol"
)

// Flood publishes the messages that next returns until ctx ends or next returns false. perSecond limits the rate, 0: no
// limit. Flood returns how many messages it has sent.
func Flood(ctx context.Context, w *Wire, perSecond int,
	next func(i int) (subject string, frame []byte, ok bool)) (sent int, err error) {
	const slice = 5 * time.Millisecond
	begin := time.Now()
	for ctx.Err() == nil {
		due := sent + 512
		if perSecond > 0 {
			due = int(time.Since(begin).Seconds() * float64(perSecond))
		}
		for ; sent < due; sent++ {
			subject, frame, ok := next(sent)
			if !ok {
				return sent, w.Flush()
			}
			if err := w.Publish(subject, frame); err != nil {
				return sent, err
			}
		}
		if err := w.Flush(); err != nil {
			return sent, err
		}
		if perSecond > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(slice):
			}
		}
	}
	return sent, nil
}

// Damaged is a small frame whose checksum is wrong.
var Damaged = []byte{11, protocol.Version, 0, 0, 1, 2, 3, 4, 5}

// Frames repeats one frame on some subjects in turn.
func Frames(frame []byte, subjects ...string) func(i int) (string, []byte, bool) {
	return func(i int) (string, []byte, bool) { return subjects[i%len(subjects)], frame, true }
}

// Joins returns n requests to join, each under a different name; n 0: without end.
func Joins(f protocol.FleetName, prefix string, n int) func(i int) (string, []byte, bool) {
	h := hello("")
	return func(i int) (string, []byte, bool) {
		name := fmt.Sprintf("%s%d", prefix, i)
		h.Session = name
		return f.Join(name), protocol.Frame(&h), n == 0 || i < n
	}
}

// hello returns the Hello of a worker that may join.
func hello(session string) protocol.Hello {
	id := protocol.Local()
	return protocol.Hello{Session: session, Host: "hostile", PID: 1, Threads: 1, Class: id.Class, SelfTest: id.SelfTest,
		Platform: id.Platform, MaxPayload: 1 << 20}
}
