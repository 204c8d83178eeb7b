package session

// Allowance is the credit for chunks of gradients.
type Allowance struct {
	limit, sent uint64 // since the Welcome; sent <= limit
	blocked     bool
}

// Allow raises the limit and reports whether the limit rose. A lower limit, of a delayed message, is ignored. If fresh
// is set, both counts start from 0.
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

// GiveUp drops the chunk that waits. Call it in place of Take.
func (a *Allowance) GiveUp() { a.blocked = false }

// Blocked reports whether a chunk waits.
func (a *Allowance) Blocked() bool { return a.blocked }

// Sent returns how many chunks were sent.
func (a *Allowance) Sent() uint64 { return a.sent }
