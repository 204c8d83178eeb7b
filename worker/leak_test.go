package worker

import (
	"testing"

	"go.uber.org/goleak"
)

// natsLeak is a goroutine of nats.go 1.55: it waits forever on a nil channel if a connection closes at the start of the
// first asynchronous publish.
const natsLeak = "github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect"

// No goroutine is left when workers and servers have stopped.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction(natsLeak))
}
