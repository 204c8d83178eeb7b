package batch

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Begin makes all threads batch ones, and with them those that they will start. A policy
// that somebody chose stays; where Linux forbids it all stay as they are.
func Begin() {
	for range 3 { // a thread may have been started meanwhile by one not yet changed
		threads, _ := os.ReadDir("/proc/self/task")
		for _, t := range threads {
			id, _ := strconv.Atoi(t.Name())
			attr, err := unix.SchedGetAttr(id, 0)
			if err != nil || attr.Policy != unix.SCHED_NORMAL {
				continue
			}
			_ = unix.SchedSetAttr(id, &unix.SchedAttr{Policy: unix.SCHED_BATCH, Nice: attr.Nice}, 0)
		}
	}
}
