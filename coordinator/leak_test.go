package coordinator_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// No goroutine is left when coordinators, workers and servers have stopped.
func TestMain(m *testing.M) {
	useMemory()
	code := m.Run()
	if code == 0 {
		theirs := []goleak.Option{
			// nats.go 1.55 waits on a nil channel for ever where a connection closes just as the
			// first asynchronous publish begins: its goroutine, not ours.
			goleak.IgnoreTopFunction("github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect"),
			// Where the answer to making a consumer is lost, nats.go returns an error from Get and leaves
			// behind the goroutine that writes the first chunk into a pipe: its Close is never given to us.
			goleak.IgnoreAnyFunction("github.com/nats-io/nats.go/jetstream.(*obs).Get.func2"),
		}
		if err := goleak.Find(theirs...); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}

// useMemory puts temporary directories into memory if the system has a file system there. Writing each checkpoint
// through to a disk took two thirds of the tests' time, and a busy disk made them miss their deadlines. What a crash
// leaves on a disk is tested in package run.
func useMemory() {
	const memory = "/dev/shm"
	if dir, err := os.MkdirTemp(memory, "braid-test-"); err == nil {
		_ = os.Remove(dir)
		_ = os.Setenv("TMPDIR", memory)
	}
}
