package batch

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Begin makes all threads batch ones, and with them those that they will start. A policy
// that somebody chose stays; where Linux forbids it all stay as they are.
func Begin() {
	for again := true; again; { // a thread may have been started meanwhile by one not yet changed
		again = false
		threads, _ := os.ReadDir("/proc/self/task")
		for _, t := range threads {
			id, _ := strconv.Atoi(t.Name())
			attr, err := unix.SchedGetAttr(id, 0)
			if err != nil || attr.Policy != unix.SCHED_NORMAL {
				continue
			}
			batch := &unix.SchedAttr{Policy: unix.SCHED_BATCH, Nice: attr.Nice}
			again = unix.SchedSetAttr(id, batch, 0) == nil || again
		}
	}
}
