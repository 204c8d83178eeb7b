package job

import "fmt"

// Position is a place in a job file; Line and Col count from 1, 0 is unknown.
type Position struct {
	File      string
	Line, Col int
}

// Error is a mistake in a job file, and its mend.
type Error struct {
	Position
	Msg, Mend string
}

func (e *Error) Error() string {
	place := e.File
	if e.Line > 0 {
		place = fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Col)
	}
	if e.Mend == "" {
		return place + ": " + e.Msg
	}
	return place + ": " + e.Msg + ": " + e.Mend
}
