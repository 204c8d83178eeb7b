package transport

import (
	"context"
	"sync/atomic"
	"time"
)

// stallCheck is the interval at which the progress of a fetch is checked.
const stallCheck = 2 * time.Second

// progress counts the bytes of a fetch. NATS waits without an error for a chunk that it has lost, so a fetch
// without progress is cancelled, unless the link is merely slow.
type progress struct {
	ctx   context.Context // of the fetch
	bytes atomic.Int64
	lost  atomic.Bool
}

// Write implements io.Writer.
func (p *progress) Write(b []byte) (int, error) {
	p.bytes.Add(int64(len(b)))
	return len(b), nil
}

// noticed makes nats.go notice within stallCheck that a context has ended. While nats.go waits for a chunk it
// checks the context's deadline only, and waits again if the context has not ended.
type noticed struct{ context.Context }

// Deadline implements context.Context.
func (noticed) Deadline() (time.Time, bool) { return time.Now().Add(stallCheck), true }

// watch cancels a fetch once the server has answered two pings since the last byte arrived: an answer arrives
// after all bytes that the server sent before.
func (s *Store) watch(ctx context.Context) (*progress, func()) {
	own, cancel := context.WithCancel(ctx)
	p := &progress{ctx: noticed{own}}
	go func() {
		tick := time.NewTicker(stallCheck)
		defer tick.Stop()
		seen, answers := int64(0), 0
		for {
			select {
			case <-own.Done():
				return
			case <-tick.C:
			}
			if n := p.bytes.Load(); n != seen {
				seen, answers = n, 0
				continue
			}
			if s.conn.Flush(own) == nil && p.bytes.Load() == seen {
				answers++
			}
			if answers == 2 {
				p.lost.Store(true)
				cancel()
				return
			}
		}
	}()
	return p, cancel
}
