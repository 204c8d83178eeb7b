package schedbatch

import (
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// Begin changes the policy of all threads, also of those that start later, and keeps the niceness.
func TestBegin(t *testing.T) {
	before, err := unix.SchedGetAttr(0, 0)
	if err != nil || before.Policy != unix.SCHED_NORMAL {
		t.Skip("this process does not have the default scheduling policy, or cannot read it")
	}
	Begin()
	var locked, done sync.WaitGroup
	release := make(chan struct{})
	for range 8 { // each locked goroutine needs a thread of its own
		locked.Add(1)
		done.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			locked.Done()
			<-release
		})
	}
	locked.Wait()
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, thread := range threads {
		id, _ := strconv.Atoi(thread.Name())
		attr, err := unix.SchedGetAttr(id, 0)
		if err != nil {
			continue // the thread has ended
		}
		if attr.Policy != unix.SCHED_BATCH || attr.Nice != before.Nice {
			t.Errorf("a thread has policy %d and niceness %d, want %d and %d", attr.Policy, attr.Nice, unix.SCHED_BATCH,
				before.Nice)
		}
	}
	close(release)
	done.Wait()
}
