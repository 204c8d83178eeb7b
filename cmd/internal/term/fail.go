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
	ExitInterrupted = 130 // as a shell reports a process that Ctrl-C ended
)

// Hint is an error with what to do about it on a line of its own.
type Hint struct {
	Err  error
	Hint string
}

func (h *Hint) Error() string { return h.Err.Error() }
func (h *Hint) Unwrap() error { return h.Err }

// Fail prints an error, if it is one, and returns the exit code.
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
	var interrupted *train.Interrupted
	if errors.As(err, &interrupted) || errors.Is(err, context.Canceled) {
		return ExitInterrupted
	}
	return ExitFailed
}

// joined are the parts of an error of errors.Join, each of which has a line of its own; any
// other error is one line.
func joined(err error) []error {
	j, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	parts := j.Unwrap()
	if errors.Join(parts...).Error() != err.Error() { // of fmt.Errorf with several %w
		return []error{err}
	}
	return parts
}
