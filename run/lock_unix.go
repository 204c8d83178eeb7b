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

// maxHolder bounds what a lock says of its holder: the digits of a process id.
const maxHolder = 64

// acquire locks a file for as long as it stays open. The kernel frees the lock of a
// process that dies, so a lock is never stale.
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
		// Somebody may only have asked who holds it, which takes microseconds; see holder.
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
	// Who holds it is for people to read; the lock itself is the kernel's.
	err = errors.Join(f.Truncate(0), writePID(f))
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// holder says whether a process holds the lock, and which; 0 if the file does not say.
func holder(path string) (pid int, held bool, err error) {
	f, err := regular.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	defer f.Close() // frees what the next line takes
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
