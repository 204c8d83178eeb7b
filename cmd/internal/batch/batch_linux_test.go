package batch

import (
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestBegin(t *testing.T) {
	nice, err := unix.SchedGetAttr(0, 0)
	if err != nil || nice.Policy != unix.SCHED_NORMAL {
		t.Skip("the tests do not run as a normal program here, or this cannot be seen")
	}
	Begin()
	for range 8 { // more threads
		go func() { time.Sleep(time.Millisecond) }()
	}
	time.Sleep(5 * time.Millisecond)
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, thread := range threads {
		id, _ := strconv.Atoi(thread.Name())
		attr, err := unix.SchedGetAttr(id, 0)
		if err != nil {
			continue // it has ended
		}
		if attr.Policy != unix.SCHED_BATCH || attr.Nice != nice.Nice {
			t.Errorf("a thread has policy %d and niceness %d, want %d and %d", attr.Policy, attr.Nice, unix.SCHED_BATCH, nice.Nice)
		}
	}
}
