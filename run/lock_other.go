//go:build !unix

package run

import (
	"errors"
	"os"
)

// acquire opens the file without locking it. On this system Braid does not prevent two processes from
// writing one run directory.
func acquire(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
}

// holder returns an error: the holder of the lock is unknown on this system.
func holder(string) (pid int, held bool, err error) {
	return 0, false, errors.New("file locks are not supported on this system")
}
