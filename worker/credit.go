package worker

import (
	"context"
	"sync"
	"time"
)

// credit is how many chunks may be on the way to the coordinator. The engine's goroutine
// takes, the session's gives.
type credit struct {
	mu      sync.Mutex
	limit   uint64
	sent    uint64
	blocked bool
	more    chan struct{} // closed when the limit rises
}

func newCredit() *credit { return &credit{more: make(chan struct{})} }

// allow raises the limit; fresh starts a new count.
func (c *credit) allow(limit uint64, fresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if fresh {
		c.sent, c.limit = 0, 0
	}
	if limit > c.limit {
		c.limit = limit
		close(c.more)
		c.more = make(chan struct{})
	}
}

// take waits for the right to send one chunk and returns its count. The coordinator sees in every
// beat that a worker is blocked and sends a lost Credit again; for lost chunks take calls mark with
// the count so far after every patience that passes without credit.
func (c *credit) take(ctx context.Context, patience time.Duration, mark func(count uint64)) (count uint64, err error) {
	for {
		c.mu.Lock()
		if err := ctx.Err(); err != nil || c.sent < c.limit {
			if err == nil {
				c.sent++
			}
			c.blocked = false
			count = c.sent
			c.mu.Unlock()
			return count, err
		}
		c.blocked = true
		more, sent := c.more, c.sent
		c.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
		case <-time.After(patience):
			mark(sent)
		}
	}
}

// waits says whether a chunk waits for credit.
func (c *credit) waits() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.blocked
}
