// Package crew shares numbered pieces of work out among goroutines. A step of training is a
// row of such works, each of some 10 µs to some 10 ms, with hardly anything between them.
package crew

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Crew is some goroutines that do pieces of one kind. A run allocates nothing, and nothing
// stays that would have to be closed: see linger. One run at a time.
type Crew struct {
	do      func(member, i int)
	members []*member // all but the caller

	n     int64
	next  atomic.Int64
	left  atomic.Int64 // members at work
	done  sync.WaitGroup
	spins bool // there is a processor for everybody

	patience atomic.Int64 // see lingers
	runs     atomic.Int64
}

// member is one goroutine's part in a crew.
type member struct {
	crew   *Crew
	number int
	serve  func() // the goroutine that does the member's work; a go statement with arguments would allocate
}

// New makes a crew of at least one member, the goroutine that calls Run; do gets the number
// of the member and that of the piece.
func New(members int, do func(member, i int)) *Crew {
	c := &Crew{do: do}
	c.patience.Store(patience)
	for number := 1; number < members; number++ {
		m := &member{crew: c, number: number}
		m.serve = func() { serve(m) }
		c.members = append(c.members, m)
	}
	return c
}

// Run does pieces 0 to n-1. Which member does which decides no bits, where pieces share no
// number.
func (c *Crew) Run(n int) {
	c.n = int64(n)
	c.next.Store(0)
	c.runs.Add(1)
	helpers := c.members[:max(0, min(len(c.members), n-1))]
	c.spins = len(helpers) < runtime.GOMAXPROCS(0)
	c.left.Store(int64(len(helpers)))
	for _, m := range helpers {
		c.done.Add(1)
		start(m)
	}
	c.share(0)
	// A goroutine that sleeps is woken as late as a new one begins.
	if c.spins && c.left.Load() > 0 {
		for begin := time.Now(); c.left.Load() > 0 && time.Since(begin) < moment; {
		}
	}
	c.done.Wait()
}

// share takes pieces until there are none left.
func (c *Crew) share(member int) {
	for i := c.next.Add(1) - 1; i < c.n; i = c.next.Add(1) - 1 {
		c.do(member, int(i))
	}
}

// work is a member's part in a run; it says whether it may linger.
func (m *member) work() (lingers bool) {
	c := m.crew
	c.share(m.number)
	lingers = c.spins && c.lingers()
	c.left.Add(-1)
	c.done.Done()
	return lingers
}
