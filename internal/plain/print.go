package plain

import (
	"fmt"
	"io"
)

// Fprintf is fmt.Fprintf with escaped arguments: each argument is formatted by its verb and
// the result is escaped by Text. The format itself is not escaped.
func Fprintf(w io.Writer, format string, args ...any) (int, error) {
	if false {
		_ = fmt.Sprintf(format, args...) // lets go vet check the calls
	}
	return fmt.Fprintf(w, format, escaped(args)...)
}

// Fprintln is fmt.Fprintln with escaped arguments. It writes exactly one line.
func Fprintln(w io.Writer, args ...any) (int, error) {
	return fmt.Fprintln(w, escaped(args)...)
}

// escaped wraps the arguments that may contain text. Numbers stay as they are, because a
// width or precision (%*d) must be an int.
func escaped(args []any) []any {
	wrapped := make([]any, len(args))
	for i, a := range args {
		switch a.(type) {
		case int, int64, uint64, float64, bool:
			wrapped[i] = a
		default:
			wrapped[i] = untrusted{a}
		}
	}
	return wrapped
}

// untrusted is a format argument that may contain text.
type untrusted struct{ value any }

// Format formats the value with the verb and flags given, and escapes the result.
func (f untrusted) Format(s fmt.State, verb rune) {
	_, _ = io.WriteString(s, Text(fmt.Sprintf(fmt.FormatString(s, verb), f.value)))
}
