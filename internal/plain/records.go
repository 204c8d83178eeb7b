package plain

import (
	"io"
	"strings"
)

// Records returns a writer of log records, text or JSON: each Write is one record, which
// leaves as one line whatever stands in it. Escapes have the form \u001b, which in a string
// of JSON means the character that it replaces.
func Records(w io.Writer) io.Writer { return records{w} }

type records struct{ w io.Writer }

func (r records) Write(b []byte) (int, error) {
	line, ended := strings.CutSuffix(string(b), "\n")
	line = escape(line, `\u%04x`)
	if ended {
		line += "\n"
	}
	if _, err := io.WriteString(r.w, line); err != nil {
		return 0, err
	}
	return len(b), nil
}
