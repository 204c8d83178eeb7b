//go:build unix

package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"braid/internal/regular"
)

// maxHolder bounds the content of a lock file, in bytes: the digits of a process id.
const maxHolder = 64

// acquire locks a file until it is closed. The kernel releases the lock of a process that dies, so a lock
// is never stale.
func acquire(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	for range 5 {
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			break
		}
		// Another process may be in holder, which holds the lock for some microseconds.
		time.Sleep(10 * time.Millisecond)
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		holder, _ := regular.Read(path, maxHolder)
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &Locked{strings.TrimSpace(string(holder))}
		}
		return nil, err
	}
	// The process id is for messages only; the kernel keeps the lock.
	err = errors.Join(f.Truncate(0), writePID(f))
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// holder reports whether a process holds the lock, and its id; 0 if the file does not name it.
func holder(path string) (pid int, held bool, err error) {
	f, err := regular.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	defer f.Close() // releases the lock that the next line may acquire
	if err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
		return 0, false, err
	}
	var text [20]byte
	n, _ := f.ReadAt(text[:], 0)
	pid, _ = strconv.Atoi(strings.TrimSpace(string(text[:n])))
	return pid, true, nil
}

func writePID(f *os.File) error {
	_, err := fmt.Fprintln(f, os.Getpid())
	return err
}
