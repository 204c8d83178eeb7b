// Package crew distributes numbered pieces of work among goroutines. A training step is a
// sequence of such runs, of 10 µs to 10 ms each, with almost no time between them.
package crew

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Crew is a set of members, each served by a goroutine, that work on pieces of one kind.
// Run does not allocate. A Crew holds no resources; there is no Close (see linger).
// Not safe for concurrent use: at most one Run at a time.
type Crew struct {
	do      func(member, i int)
	members []*member // all but the caller

	n     int64
	next  atomic.Int64
	left  atomic.Int64 // helpers still working in this run
	done  sync.WaitGroup
	spins bool // every member of this run can have a processor

	misses atomic.Int64 // consecutive waits that may still end without work; see lingers
	runs   atomic.Int64
}

// member is the state of one helper; the goroutine that serves it may change between runs.
type member struct {
	crew   *Crew
	number int
	serve  func() // body of a new goroutine; a go statement with arguments would allocate
}

// New returns a crew of at least one member. Member 0 is the goroutine that calls Run.
// The function do receives the member's number and the piece's number.
func New(members int, do func(member, i int)) *Crew {
	c := &Crew{do: do}
	c.misses.Store(maxMisses)
	for number := 1; number < members; number++ {
		m := &member{crew: c, number: number}
		m.serve = func() { serve(m) }
		c.members = append(c.members, m)
	}
	return c
}

// Run executes pieces 0 to n-1 and returns when all are done. The assignment of pieces to
// members varies; results do not depend on it if no two pieces write the same value.
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
	// Waking a sleeping goroutine takes as long as starting one, so the caller spins first.
	if c.spins && c.left.Load() > 0 {
		for begin := time.Now(); c.left.Load() > 0 && time.Since(begin) < spinFor; {
		}
	}
	c.done.Wait()
}

// share executes pieces until none are left.
func (c *Crew) share(member int) {
	for i := c.next.Add(1) - 1; i < c.n; i = c.next.Add(1) - 1 {
		c.do(member, int(i))
	}
}

// work executes the member's pieces of one run. It reports whether the goroutine may linger.
func (m *member) work() (lingers bool) {
	c := m.crew
	c.share(m.number)
	lingers = c.spins && c.lingers()
	c.left.Add(-1)
	c.done.Done()
	return lingers
}
