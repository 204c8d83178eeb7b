package dispatch

import (
	"slices"
	"time"
)

// work is a member's part in the current round.
type work struct {
	in      bool   // it was ordered something in the round
	given   []int  // units that it was given, in no order
	owes    int    // how many of them are unanswered
	asked   bitset // numbers that it was ordered
	checks  int    // votes that are not answered
	late    bool   // its deadline has passed, and others were ordered its units
	missed  bool   // another member answered one of its late units
	granted int    // unanswered units when it was last given some
	orders  int    // how often it was given some

	ordered time.Duration // when it was last given units
	answer  time.Duration // last answer or order
}

// bitset is a set of small numbers.
type bitset []uint64

func (b bitset) has(n uint32) bool { return int(n/64) < len(b) && b[n/64]&(1<<(n%64)) != 0 }

func (b *bitset) add(n uint32) {
	for int(n/64) >= len(*b) {
		*b = append(*b, 0)
	}
	(*b)[n/64] |= 1 << (n % 64)
}

// owe assigns a unit to a member.
func (r *round) owe(w *member, u int) {
	if slices.Contains(r.owners[u], w) {
		return
	}
	r.owners[u] = append(r.owners[u], w)
	w.given = append(w.given, u)
	w.owes++
}

// pay takes units [lo, hi) from a member.
func (r *round) pay(w *member, lo, hi int) {
	for u := lo; u < hi && w.owes > 0; u++ {
		if i := slices.Index(r.owners[u], w); i >= 0 {
			r.owners[u] = slices.Delete(r.owners[u], i, i+1)
			w.owes--
			r.loose = r.loose || !r.done[u]
		}
	}
}

// settle marks units [lo, hi) as done, and takes them from all members.
func (r *round) settle(lo, hi int) {
	for u := lo; u < hi; u++ {
		if !r.done[u] {
			r.done[u] = true
			r.left--
		}
		for _, w := range r.owners[u] {
			w.owes--
		}
		r.owners[u] = r.owners[u][:0]
	}
}

// overdue lists the members that were late with units [lo, hi).
func (r *round) overdue(lo, hi int) (missed []*member) {
	for u := lo; u < hi; u++ {
		for _, w := range r.owners[u] {
			if !w.missed && !inTime(w) {
				w.missed = true
				missed = append(missed, w)
			}
		}
	}
	return missed
}

// unanswered lists the units of a member that are not answered, ascending.
func (r *round) unanswered(w *member) []int {
	units := make([]int, 0, w.owes)
	for _, u := range w.given {
		if slices.Contains(r.owners[u], w) {
			units = append(units, u)
		}
	}
	slices.Sort(units)
	return slices.Compact(units)
}

// release takes all units from a member.
func (r *round) release(w *member) {
	for _, u := range w.given {
		r.pay(w, u, u+1)
	}
}

// takePart notes that a member has a part in the round.
func (m *Machine) takePart(w *member) {
	if !w.in {
		w.in = true
		m.busy = append(m.busy, w)
	}
}

// clear resets the work of the members that had a part in the round.
func (m *Machine) clear() {
	for _, w := range m.busy {
		clear(w.asked)
		w.work = work{given: w.given[:0], asked: w.asked}
	}
	clear(m.busy)
	m.busy = m.busy[:0]
}
