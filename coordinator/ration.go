package coordinator

import (
	"fmt"
	"time"
)

// Numbers of lines per period. The longest line has some 600 bytes, so that unknown senders can make a coordinator
// write at most 9 kB/s.
const (
	rationPeriod    = 10 * time.Second
	linesInAll      = 150
	linesOfAKind    = 20
	linesOfAWorker  = 10
	kindsOfLines    = 64 // further kinds are counted together
	otherKindOfLine = "other lines"
)

// ration limits the log lines that workers can cause: of each kind, of each worker, and in all. The first lines
// of a period pass, the others are counted. The zero value is ready for use.
type ration struct {
	begun   time.Time
	passed  int
	kinds   map[string]*rationed
	workers map[string]int // lines that passed
}

// rationed is one kind of line in a period.
type rationed struct {
	passed, held int
	last         string // suppressed line
}

// pass reports whether a line may be written. worker is the sender of the message that caused the line, or "".
// now must not be before the now of the last end.
func (r *ration) pass(now time.Time, kind, worker, text string) bool {
	if r.kinds == nil {
		r.begun, r.kinds, r.workers = now, map[string]*rationed{}, map[string]int{}
	}
	if r.kinds[kind] == nil && len(r.kinds) >= kindsOfLines {
		kind = otherKindOfLine
	}
	k := r.kinds[kind]
	if k == nil {
		k = new(rationed)
		r.kinds[kind] = k
	}
	if r.passed >= linesInAll || k.passed >= linesOfAKind || worker != "" && r.workers[worker] >= linesOfAWorker {
		k.held++
		k.last = text
		return false
	}
	r.passed++
	k.passed++
	if worker != "" {
		r.workers[worker]++
	}
	return true
}

// end closes an elapsed period and returns a line for each kind with suppressed lines.
func (r *ration) end(now time.Time) (lines []string) {
	if r.kinds == nil || now.Sub(r.begun) < rationPeriod {
		return nil
	}
	for _, k := range r.kinds {
		if k.held > 0 {
			lines = append(lines, fmt.Sprintf("%d more lines like this in the last %.0f s: %s", k.held,
				now.Sub(r.begun).Seconds(), k.last))
		}
	}
	r.kinds = nil
	r.passed = 0
	return lines
}
