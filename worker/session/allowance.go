package session

// Allowance is the credit for chunks: how many may be sent, and how many were, since the Welcome.
type Allowance struct {
	limit, sent uint64
	blocked     bool
}

// Allow raises the limit and reports whether it rose. A fresh allowance counts from 0 again; otherwise a lower limit,
// of a message that came late, takes nothing back.
func (a *Allowance) Allow(limit uint64, fresh bool) (raised bool) {
	if fresh {
		a.sent, a.limit = 0, 0
	}
	if limit <= a.limit {
		return false
	}
	a.limit = limit
	return true
}

// Take returns the count of the next chunk; ok is false if it has to wait.
func (a *Allowance) Take() (count uint64, ok bool) {
	a.blocked = a.sent >= a.limit
	if a.blocked {
		return a.sent, false
	}
	a.sent++
	return a.sent, true
}

// GiveUp is called in place of Take if the chunk that waits is dropped.
func (a *Allowance) GiveUp() { a.blocked = false }

// Blocked reports whether a chunk waits.
func (a *Allowance) Blocked() bool { return a.blocked }

// Sent is how many chunks were sent.
func (a *Allowance) Sent() uint64 { return a.sent }
