package worker

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// No goroutine is left when workers and servers have stopped.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		// nats.go 1.55 waits on a nil channel for ever where a connection closes just as the
		// first asynchronous publish begins: its goroutine, not ours.
		theirs := goleak.IgnoreTopFunction("github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect")
		if err := goleak.Find(theirs); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}
