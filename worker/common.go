package worker

import (
	"errors"
	"time"

	"braid/protocol"
	"braid/transport"
)

// allLimits bound the queue of the subject that every worker subscribes to. Messages beyond the limits are dropped:
// leaders repeat their messages, and without keys any client may publish there.
var allLimits = transport.Limits{Messages: 1024, Bytes: 1 << 20}

// hearAll receives messages to all workers, on NATS's goroutine. Damaged frames are dropped.
func (w *worker) hearAll(r transport.Received) {
	if _, _, err := protocol.Decode(r.Data); errors.Is(err, protocol.ErrDamaged) {
		w.params.unreadable.Add(1)
		return
	}
	w.hear(r)
}

// hear hands a message to the loop, on NATS's goroutine. It blocks while the loop is busy.
func (w *worker) hear(r transport.Received) {
	select {
	case w.inbox <- r:
	case <-w.done:
	}
}

// sayEvery is the time between two reports of unreadable messages.
const sayEvery = 10 * time.Second

// reportUnreadable logs how many messages could not be read since the last report.
func (w *worker) reportUnreadable() {
	if n := w.params.unreadable.Load(); n > w.reported && time.Since(w.reportedAt) >= sayEvery {
		w.Log.Warn("messages that cannot be read", "count", n-w.reported)
		w.reported, w.reportedAt = n, time.Now()
	}
}
