package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// disks lists the mount points of small file systems for the coordinators' run directories,
// which a fault can fill. If mounting is not permitted, the list is empty and that fault is
// not injected.
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

// unmount must run after the end of every process that writes there.
func (d disks) unmount() {
	for _, path := range d {
		_ = syscall.Unmount(path, syscall.MNT_DETACH)
	}
}
