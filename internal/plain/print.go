package plain

import (
	"fmt"
	"io"
)

// Fprintf is fmt.Fprintf for people: what an argument gives is escaped as Text does, after
// its verb has formatted it. The format is not.
func Fprintf(w io.Writer, format string, args ...any) (int, error) {
	if false {
		_ = fmt.Sprintf(format, args...) // lets go vet check the calls
	}
	return fmt.Fprintf(w, format, foreigners(args)...)
}

// Fprintln is fmt.Fprintln for people: all arguments stand on one line.
func Fprintln(w io.Writer, args ...any) (int, error) {
	return fmt.Fprintln(w, foreigners(args)...)
}

// foreigners wraps the arguments that may carry text; numbers also serve as widths.
func foreigners(args []any) []any {
	wrapped := make([]any, len(args))
	for i, a := range args {
		switch a.(type) {
		case int, int64, uint64, float64, bool:
			wrapped[i] = a
		default:
			wrapped[i] = foreign{a}
		}
	}
	return wrapped
}

// foreign is an argument of a format.
type foreign struct{ value any }

// Format formats the value by its own verb and flags, and escapes what that gives.
func (f foreign) Format(s fmt.State, verb rune) {
	_, _ = io.WriteString(s, Text(fmt.Sprintf(fmt.FormatString(s, verb), f.value)))
}
