package plain

import (
	"io"
	"strings"
)

// Records returns a writer of log records, as text or JSON. Each Write is one record and is
// written as one line, whatever the record contains. Escapes have the form \u001b, so that
// a JSON string keeps its value.
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
