package worker

import (
	"errors"
	"time"

	"braid/protocol"
	"braid/transport"
)

// allLimits bound what waits of the subject that every worker listens to. Leaders repeat what they say
// there, and where the server asks for no keys anybody may speak: what exceeds them is dropped.
var allLimits = transport.Limits{Messages: 1024, Bytes: 1 << 20}

// hearAll takes what is said to every worker, on NATS's goroutine. Damaged frames end here.
func (w *worker) hearAll(r transport.Received) {
	if _, _, err := protocol.Decode(r.Data); errors.Is(err, protocol.ErrDamaged) {
		w.params.unreadable.Add(1)
		return
	}
	w.hear(r)
}

// hear hands a message to the loop, on NATS's goroutine; while the loop is busy messages wait there.
func (w *worker) hear(r transport.Received) {
	select {
	case w.inbox <- r:
	case <-w.done:
	}
}

// sayEvery is how often unreadable messages are reported.
const sayEvery = 10 * time.Second

// reportUnreadable says how many messages could not be read, now and then.
func (w *worker) reportUnreadable() {
	if n := w.params.unreadable.Load(); n > w.reported && time.Since(w.reportedAt) >= sayEvery {
		w.Log.Warn("messages that cannot be read", "count", n-w.reported)
		w.reported, w.reportedAt = n, time.Now()
	}
}
