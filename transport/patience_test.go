package transport

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"
)

// A cluster that has just started loses requests. An unanswered request must not use up the whole
// time of --wait.
func TestLostRequestIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := &Conn{wait: 5 * time.Second, log: hclog.NewNullLogger()}
		attempts := 0
		err := conn.patiently(t.Context(), "JetStream", func(ctx context.Context) error {
			if attempts++; attempts < 3 {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		})
		if err != nil {
			t.Errorf("after %d attempts: %v", attempts, err)
		}
	})
}

// Without --wait there is one attempt, which may wait long for a busy server.
func TestOnlyAttemptHasItsFullTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := &Conn{log: hclog.NewNullLogger()}
		err := conn.patiently(t.Context(), "JetStream", func(ctx context.Context) error {
			select {
			case <-time.After(3 * time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		if err != nil {
			t.Error(err)
		}
	})
}
