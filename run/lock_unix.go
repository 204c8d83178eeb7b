//go:build unix

package run

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// acquire locks a file for as long as it stays open. The kernel frees the lock of a
// process that dies, so a lock is never stale.
func acquire(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := os.ReadFile(path)
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("process %s is writing here: wait for it, stop it, or choose another directory with --out", strings.TrimSpace(string(holder)))
		}
		return nil, err
	}
	// Who holds it is for people to read; the lock itself is the kernel's.
	err = errors.Join(f.Truncate(0), writePID(f))
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func writePID(f *os.File) error {
	_, err := fmt.Fprintln(f, os.Getpid())
	return err
}
