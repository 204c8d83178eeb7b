package schedbatch

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Begin sets SCHED_BATCH for all threads of the process. Threads that they start later inherit the
// policy. Begin leaves a thread unchanged if its policy is not the default one, or if Linux refuses the
// change.
func Begin() {
	for range 3 { // a thread that has not been changed yet may start another one
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
