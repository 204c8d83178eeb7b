package optim

import (
	"sync"
	"sync/atomic"
)

// crew is some goroutines that share numbered work out among them. A goroutine lives for
// one run: nothing stays that would have to be closed. A run allocates nothing.
type crew struct {
	do     func(worker, i int)
	starts []func() // of all goroutines but the caller's; made once, as making one allocates

	n       int
	next    atomic.Int64
	running sync.WaitGroup
}

// newCrew makes a crew of threads goroutines, at least one; do gets the number of the
// goroutine and that of the work.
func newCrew(threads int, do func(worker, i int)) *crew {
	c := &crew{do: do}
	for worker := 1; worker < threads; worker++ {
		c.starts = append(c.starts, func() {
			defer c.running.Done()
			c.share(worker)
		})
	}
	return c
}

// run does 0 to n-1. Which goroutine takes which decides no bits, where they share no
// number.
func (c *crew) run(n int) {
	c.n = n
	c.next.Store(0)
	for _, start := range c.starts[:max(0, min(len(c.starts), n-1))] {
		c.running.Add(1)
		go start()
	}
	c.share(0)
	c.running.Wait()
}

// share takes work until there is none left.
func (c *crew) share(worker int) {
	for i := int(c.next.Add(1) - 1); i < c.n; i = int(c.next.Add(1) - 1) {
		c.do(worker, i)
	}
}
