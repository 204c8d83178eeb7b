package term

import (
	"context"
	"errors"
	"io"

	"braid/internal/plain"
	"braid/train"
)

// Exit codes.
const (
	ExitOK          = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitInterrupted = 130 // 128 + SIGINT, the code that shells report after Ctrl-C
)

// Hint is an error with a remedy, which Fail prints on a line of its own.
type Hint struct {
	Err  error
	Hint string
}

func (h *Hint) Error() string { return h.Err.Error() }
func (h *Hint) Unwrap() error { return h.Err }

// Coded is an error with an exit code of its own.
type Coded struct {
	Err  error
	Code int
}

func (c *Coded) Error() string { return c.Err.Error() }
func (c *Coded) Unwrap() error { return c.Err }

// Fail prints an error and returns its exit code; ExitOK if err is nil.
func Fail(w io.Writer, err error) int {
	if err == nil {
		return ExitOK
	}
	for _, e := range joined(err) {
		plain.Fprintln(w, e)
	}
	var hint *Hint
	if errors.As(err, &hint) {
		plain.Fprintln(w, hint.Hint)
	}
	var coded *Coded
	if errors.As(err, &coded) {
		return coded.Code
	}
	var interrupted *train.Interrupted
	if errors.As(err, &interrupted) || errors.Is(err, context.Canceled) {
		return ExitInterrupted
	}
	return ExitFailed
}

// joined returns the parts of an error of errors.Join. Fail prints one line per part.
func joined(err error) []error {
	j, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	parts := j.Unwrap()
	if errors.Join(parts...).Error() != err.Error() { // an error of fmt.Errorf with several %w
		return []error{err}
	}
	return parts
}
