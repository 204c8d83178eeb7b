package dispatch

import "time"

// note records the member of the newest answer, and the time.
func (r *round) note(w *member, now time.Duration) {
	if r.last != w {
		r.last, r.othersAt = w, r.lastAt
	}
	r.lastAt = now
}

// bill compares, at the end of a round, the cost of each member's share with its savings. The cost is the time for
// which the round waited for the last member alone, since the answer of any other member. The savings are the time
// that the other members would have taken for the share. If the costs of a member exceed its savings by maxDebt and by
// the time of four rounds, the member is put on probation, however short its typical answer is.
//
// This is the CUSUM test. Source: Page 1954.
func (m *Machine) bill() {
	r := m.round
	if len(m.contributors) < 2 {
		return
	}
	others := len(m.contributors) - 1
	each := m.pace[r.kind()].median()
	for _, w := range m.busy {
		if w.granted == 0 || !w.serves() {
			continue
		}
		saved := time.Duration((w.granted+others-1)/others) * each
		if w == r.last {
			saved -= r.lastAt - r.othersAt
		}
		if w.debt = max(0, w.debt-saved); w.debt > max(maxDebt, 4*(r.lastAt-r.begun)) {
			m.demote(w, "delays rounds by more than its shares save")
		}
	}
}
