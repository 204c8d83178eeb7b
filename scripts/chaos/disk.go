package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// disks are small file systems for the coordinators' run directories, so that one can be
// filled. Where mounting is not allowed there are none, and that fault is not injected.
type disks []string

func mountDisks(dir string) disks {
	var mounted disks
	for i := range coordinatorCount {
		path := filepath.Join(dir, fmt.Sprintf("c%d", i))
		if os.MkdirAll(path, 0o755) != nil || syscall.Mount("tmpfs", path, "tmpfs", 0, "size=24m") != nil {
			continue
		}
		mounted = append(mounted, path)
	}
	return mounted
}

// unmount runs after every process that writes there is gone.
func (d disks) unmount() {
	for _, path := range d {
		_ = syscall.Unmount(path, syscall.MNT_DETACH)
	}
}
