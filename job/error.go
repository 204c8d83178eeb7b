package job

import "fmt"

// Position is a place in a job file. Line and Col count from 1; 0 means unknown.
type Position struct {
	File      string
	Line, Col int
}

// Error is a mistake in a job file.
type Error struct {
	Position
	Msg  string // the mistake
	Mend string // what the user can do; may be empty
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
