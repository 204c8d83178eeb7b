package worker

import (
	"context"
	"sync"
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

// take waits for the right to send one chunk. The coordinator sees in every beat that a
// worker is blocked, so a lost Credit is sent again.
func (c *credit) take(ctx context.Context) error {
	for {
		c.mu.Lock()
		if err := ctx.Err(); err != nil || c.sent < c.limit {
			if err == nil {
				c.sent++
			}
			c.blocked = false
			c.mu.Unlock()
			return err
		}
		c.blocked = true
		more := c.more
		c.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
		}
	}
}

// state is for beats.
func (c *credit) state() (sent uint64, blocked bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent, c.blocked
}
