package worker

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func unmarked(uint64) {}

// Chunks are sent up to the limit; a raised limit releases chunks that wait.
func TestCreditHoldsChunksBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCredit()
		taken := 0
		go func() {
			for range 5 {
				if _, err := c.take(t.Context(), time.Second, unmarked); err != nil {
					t.Error(err)
				}
				taken++
			}
		}()
		for _, step := range []struct {
			limit   uint64
			fresh   bool
			taken   int
			sent    uint64
			blocked bool
		}{
			{0, false, 0, 0, true},
			{2, false, 2, 2, true},
			{1, true, 3, 1, true}, // a new Welcome restarts the count
			{8, false, 5, 3, false},
		} {
			c.allow(step.limit, step.fresh)
			synctest.Wait()
			if sent, blocked := c.pure.Sent(), c.waits(); taken != step.taken || sent != step.sent || blocked != step.blocked {
				t.Errorf("%+v: %d taken, state %d %v", step, taken, sent, blocked)
			}
		}
	})
}

// A delayed Credit with a lower limit is ignored.
func TestOlderCreditTakesNothingBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCredit()
		c.allow(3, false)
		c.allow(1, false)
		for range 3 {
			if _, err := c.take(t.Context(), time.Second, unmarked); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Waiting for credit ends with the context.
func TestCreditEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCredit()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { _, err := c.take(ctx, time.Second, unmarked); ended <- err }()
		synctest.Wait()
		cancel()
		if err := <-ended; err == nil {
			t.Error("a chunk went without credit")
		}
		if sent, blocked := c.pure.Sent(), c.waits(); sent != 0 || blocked {
			t.Errorf("state %d %v", sent, blocked)
		}
	})
}

// While a chunk waits, marks carry the number of chunks before it, so that lost ones are found.
func TestCreditMarksWhatWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCredit()
		c.allow(2, true)
		var marks []uint64
		begin := time.Now()
		done := make(chan uint64)
		go func() {
			for range 2 {
				_, _ = c.take(t.Context(), time.Second, unmarked)
			}
			count, _ := c.take(t.Context(), time.Second, func(count uint64) { marks = append(marks, count) })
			done <- count
		}()
		time.Sleep(2500 * time.Millisecond)
		c.allow(3, false)
		if count := <-done; count != 3 || !slices.Equal(marks, []uint64{2, 2}) || time.Since(begin) != 2500*time.Millisecond {
			t.Errorf("chunk %d after marks %v", count, marks)
		}
	})
}
