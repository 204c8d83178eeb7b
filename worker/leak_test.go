package worker

import (
	"testing"

	"go.uber.org/goleak"
)

// No goroutine is left when workers and servers have stopped. nats.go 1.55 waits on a nil
// channel for ever where a connection closes just as the first asynchronous publish begins:
// its goroutine, not ours.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect"))
}
