package stream

import "time"

// Bounds of a window, in chunks. The smallest window keeps a link busy while an acknowledgement is in transit; the
// largest is far below the 64 MiB that a NATS server with default settings queues for a client.
const (
	minWindow   = 2
	startWindow = 4
	maxWindow   = 16

	maxFlights = 1024 // chunks may be small
)

// A window follows the delay from a chunk to its acknowledgement, which is how long other messages on the connection
// wait. Between the two bounds the window does not change.
const (
	shortDelay = 150 * time.Millisecond
	longDelay  = 400 * time.Millisecond
)

// flight is a chunk that was sent and not yet acknowledged.
type flight struct {
	count uint64
	bytes int64
	at    time.Duration
	items []uint32
}

// window bounds the bytes in flight to one worker, of its feed or of the multicast.
type window struct {
	chunk   int64 // bytes of a chunk
	limit   int64
	unacked int64
	sent    uint64 // count of the newest chunk
	acked   uint64 // all chunks up to this count have arrived
	out     []flight
	full    bool          // had no room for a chunk since the last acknowledgement
	shrunk  time.Duration // when limit last decreased
}

func newWindow(chunk int64) window { return window{chunk: chunk, limit: startWindow * chunk} }

// reset restarts the counts after a count. The limit stays.
func (w *window) reset(count uint64) {
	w.sent, w.acked, w.unacked, w.out, w.full = count, count, 0, w.out[:0], false
}

// open reports whether a chunk may be sent. With none in flight, one always may.
func (w *window) open(bytes int64) bool {
	if len(w.out) == 0 || w.unacked+bytes <= w.limit && len(w.out) < maxFlights {
		return true
	}
	w.full = true
	return false
}

func (w *window) send(now time.Duration, bytes int64, items []uint32) {
	w.sent++
	w.unacked += bytes
	w.out = append(w.out, flight{w.sent, bytes, now, items})
}

// ack notes that all chunks up to a count have arrived.
func (w *window) ack(now time.Duration, count uint64) {
	if count <= w.acked || count > w.sent {
		return
	}
	var bytes int64
	var delay time.Duration
	n := 0
	for n < len(w.out) && w.out[n].count <= count {
		bytes += w.out[n].bytes
		delay = now - w.out[n].at
		n++
	}
	w.out = append(w.out[:0], w.out[n:]...)
	w.acked = count
	w.unacked -= bytes
	switch {
	case delay > longDelay && now-w.shrunk > delay:
		w.limit, w.shrunk = max(w.limit*3/4, minWindow*w.chunk), now
	case delay < shortDelay && w.full:
		w.limit = min(w.limit+bytes, maxWindow*w.chunk)
	}
	w.full = false
}

// age returns how long the oldest chunk is in flight.
func (w *window) age(now time.Duration) time.Duration {
	if len(w.out) == 0 {
		return 0
	}
	return now - w.out[0].at
}
