package coordinator_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// No goroutine leaks after coordinators, workers and servers have stopped.
func TestMain(m *testing.M) {
	useMemory()
	code := m.Run()
	if code == 0 {
		theirs := []goleak.Option{
			// A goroutine of nats.go 1.55 waits forever on a nil channel if a connection closes at the
			// start of the first asynchronous publish.
			goleak.IgnoreTopFunction("github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect"),
			// If the reply to the creation of a consumer is lost, Get of nats.go returns an error and leaks
			// the goroutine that writes the first chunk to a pipe. The caller cannot close that pipe.
			goleak.IgnoreAnyFunction("github.com/nats-io/nats.go/jetstream.(*obs).Get.func2"),
		}
		if err := goleak.Find(theirs...); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}

// useMemory puts temporary directories on a file system in memory, if there is one. Flushing each checkpoint to a disk
// took two thirds of the tests' time, and a busy disk caused missed deadlines. Package run tests the state of a disk
// after a crash.
func useMemory() {
	const memory = "/dev/shm"
	if dir, err := os.MkdirTemp(memory, "braid-test-"); err == nil {
		_ = os.Remove(dir)
		_ = os.Setenv("TMPDIR", memory)
	}
}
