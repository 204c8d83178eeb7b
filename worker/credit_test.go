package worker

import (
	"context"
	"testing"
	"testing/synctest"
)

// No chunk leaves without the right to; a raised limit lets those go that wait.
func TestCreditHoldsChunksBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCredit()
		taken := 0
		go func() {
			for range 5 {
				if err := c.take(t.Context()); err != nil {
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
			{1, true, 3, 1, true}, // a new Welcome counts anew
			{8, false, 5, 3, false},
		} {
			c.allow(step.limit, step.fresh)
			synctest.Wait()
			if sent, blocked := c.state(); taken != step.taken || sent != step.sent || blocked != step.blocked {
				t.Errorf("%+v: %d taken, state %d %v", step, taken, sent, blocked)
			}
		}
	})
}

// A Credit that comes late takes nothing back.
func TestOlderCreditTakesNothingBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCredit()
		c.allow(3, false)
		c.allow(1, false)
		for range 3 {
			if err := c.take(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Who waits for credit can be stopped.
func TestCreditEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCredit()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- c.take(ctx) }()
		synctest.Wait()
		cancel()
		if err := <-ended; err == nil {
			t.Error("a chunk went without credit")
		}
		if sent, blocked := c.state(); sent != 0 || blocked {
			t.Errorf("state %d %v", sent, blocked)
		}
	})
}
