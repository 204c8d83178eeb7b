package dispatch

import "time"

// note remembers who gave the round its newest answer, and when.
func (r *round) note(w *member, now time.Duration) {
	if r.last != w {
		r.last, r.othersAt = w, r.lastAt
	}
	r.lastAt = now
}

// bill weighs, as a round ends, what each member's share saved against what it cost. The round
// waited for its last member alone since the answer before; without a member, the others would
// have computed its units besides their own. A member whose costs exceed its savings by maxDebt and
// by the time of four rounds goes on probation, however short its typical answer (this is the CUSUM
// test, Page 1954).
func (m *Machine) bill() {
	r := m.round
	if len(m.givers) < 2 {
		return
	}
	others := len(m.givers) - 1
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
