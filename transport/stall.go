package transport

import (
	"context"
	"sync/atomic"
	"time"
)

// stallCheck is how often a fetch is looked at that makes no progress.
const stallCheck = 2 * time.Second

// progress counts the bytes of a fetch. NATS waits in silence for a chunk that it has lost,
// so a fetch without progress is given up, but not for a slow link.
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

// noticed makes nats.go see within stallCheck that a context has ended: while it waits for a
// chunk it looks at the context's deadline alone, and goes on waiting if that was early.
type noticed struct{ context.Context }

// Deadline implements context.Context.
func (noticed) Deadline() (time.Time, bool) { return time.Now().Add(stallCheck), true }

// watch cancels a fetch when the server has answered twice since the last byte came: an
// answer comes after the bytes that the server sent before it.
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
