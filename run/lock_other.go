//go:build !unix

package run

import (
	"errors"
	"os"
)

// acquire opens the file without locking it: on this system two processes that write one
// run directory are not kept apart.
func acquire(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
}

// holder cannot know.
func holder(string) (pid int, held bool, err error) {
	return 0, false, errors.New("this system has no lock to ask")
}
