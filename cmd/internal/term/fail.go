package term

import (
	"context"
	"errors"
	"fmt"
	"io"

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
	fmt.Fprintln(w, err)
	var hint *Hint
	if errors.As(err, &hint) {
		fmt.Fprintln(w, hint.Hint)
	}
	var interrupted *train.Interrupted
	if errors.As(err, &interrupted) || errors.Is(err, context.Canceled) {
		return ExitInterrupted
	}
	return ExitFailed
}
