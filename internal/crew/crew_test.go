package crew

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"braid/internal/await"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Every piece is executed once, and a member executes one piece at a time, for any pause
// between runs and any number of crews.
func TestRun(t *testing.T) {
	for _, procs := range []int{1, 2, 4} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		var all sync.WaitGroup
		for crews := range 4 {
			all.Go(func() {
				members := 1 + 2*crews
				var done [50]int
				busy := make([]atomic.Bool, members)
				c := New(members, func(member, i int) {
					if busy[member].Swap(true) {
						t.Errorf("member %d executes two pieces at once", member)
					}
					done[i]++
					busy[member].Store(false)
				})
				var want [50]int
				for range 500 {
					n := rand.IntN(len(done) + 1)
					for i := range n {
						want[i]++
					}
					c.Run(n)
					if rand.IntN(20) == 0 {
						time.Sleep(time.Duration(rand.IntN(2 * int(spinFor))))
					}
				}
				if done != want {
					t.Errorf("%d members: %v, want %v", members, done, want)
				}
			})
		}
		all.Wait()
	}
}

func TestRunAllocatesNothing(t *testing.T) {
	c := New(4, func(_, _ int) {})
	if n := testing.AllocsPerRun(1000, func() { c.Run(8) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// After maxMisses waits without work, goroutines linger once in retryEvery runs, until one
// finds work.
func TestLingersOnlyWhileItPays(t *testing.T) {
	c := New(2, func(_, _ int) {})
	for range maxMisses {
		if !c.lingers() {
			t.Fatal("stopped lingering too early")
		}
		c.paid(false)
	}
	tries := 0
	for c.runs.Store(1); c.runs.Load() <= 10*retryEvery; c.runs.Add(1) {
		if c.lingers() {
			tries++
			c.paid(false)
		}
	}
	if tries != 10 {
		t.Errorf("lingered %d times in %d runs, want 10", tries, 10*retryEvery)
	}
	if c.paid(true); !c.lingers() {
		t.Error("does not linger although the last wait found work")
	}
}

// Two members share work of 40 µs, with 10 µs of other work between runs.
func BenchmarkRun(b *testing.B) {
	spend := func(d time.Duration) {
		for begin := time.Now(); time.Since(begin) < d; {
		}
	}
	for _, members := range []int{1, 2} {
		b.Run(fmt.Sprintf("members=%d", members), func(b *testing.B) {
			c := New(members, func(_, _ int) { spend(10 * time.Microsecond) })
			for b.Loop() {
				spend(10 * time.Microsecond)
				c.Run(4)
			}
		})
	}
}

// Every goroutine ends after the last run: none waits for work that another goroutine took.
func TestGoroutinesEnd(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	before := goleak.IgnoreCurrent()
	for range 50 {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				c := New(3, func(_, _ int) {})
				for range 200 {
					c.Run(3)
				}
			})
		}
		all.Wait()
		var left error
		if !await.True(await.Limit, func() bool { left = goleak.Find(before); return left == nil }) {
			t.Fatal(left)
		}
	}
}
