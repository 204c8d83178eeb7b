package worker

import (
	"context"
	"sync"
	"time"

	"braid/worker/session"
)

// credit is a session.Allowance that can be waited for. The computer takes, the loop gives.
type credit struct {
	mu   sync.Mutex
	pure session.Allowance
	more chan struct{} // closed when the limit rises
}

func newCredit() *credit { return &credit{more: make(chan struct{})} }

// allow raises the limit; fresh starts a new count.
func (c *credit) allow(limit uint64, fresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pure.Allow(limit, fresh) {
		close(c.more)
		c.more = make(chan struct{})
	}
}

// take waits for the right to send one chunk and returns its count. A lost Credit is sent again: the coordinator sees
// in every beat that a worker is blocked. To show which chunks were lost, take calls mark with the count so far after
// every interval that passes without credit.
func (c *credit) take(ctx context.Context, interval time.Duration, mark func(count uint64)) (count uint64, err error) {
	for {
		c.mu.Lock()
		if err := ctx.Err(); err != nil {
			c.pure.GiveUp()
			c.mu.Unlock()
			return 0, err
		}
		count, ok := c.pure.Take()
		more := c.more
		c.mu.Unlock()
		if ok {
			return count, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
		case <-time.After(interval):
			mark(count)
		}
	}
}

// waits reports whether a chunk waits for credit.
func (c *credit) waits() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pure.Blocked()
}
