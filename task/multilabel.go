package task

import (
	"slices"

	"braid/data"
)

// multilabel gives a text any number of K labels. Counts: all, exactly right, then by label correct,
// found and gold. Gold labels that training did not have count as label K, if the score has one.
type multilabel struct{ counted }

func (multilabel) gather(h *Head, t *Targets, _ *data.Corpus, from *data.Target, examples []uint32) {
	n, k := len(examples), h.classes
	t.Sets = slices.Grow(t.Sets[:0], n*k)[:n*k]
	t.Extra = slices.Grow(t.Extra[:0], n)[:n]
	clear(t.Sets)
	clear(t.Extra)
	for i, e := range examples {
		if !t.Has[i] {
			t.Sets[i*k] = -1
			continue
		}
		for _, id := range from.SetIDs[from.SetOff[e]:from.SetOff[e+1]] {
			if int(id) < k {
				t.Sets[i*k+int(id)] = 1
			} else {
				t.Extra[i]++
			}
		}
	}
}

func (multilabel) size(labels int) (counts, sums int) { return 2 + 3*labels, 0 }

func (multilabel) metrics(s *Score) map[string]float64 {
	n := (len(s.Counts) - 2) / 3
	by := s.Counts[2:]
	var correct, found, gold uint64
	for c := range n {
		correct, found, gold = correct+by[c], found+by[n+c], gold+by[2*n+c]
	}
	_, _, micro := prf(correct, found, gold)
	return map[string]float64{
		"accuracy": ratio(s.Counts[1], s.Counts[0]),
		"micro_f1": micro,
		"macro_f1": macroF1(by[:n], by[n:2*n], by[2*n:]),
	}
}

func (multilabel) count(h *Head, p *Pass, t *Targets, i int, score *Score) bool {
	k := h.classes
	set, y := p.answer.Set, t.Sets[i*k:]
	n := (len(score.Counts) - 2) / 3
	by := score.Counts[2:]
	extra := t.Extra[i]
	right := extra == 0
	score.Counts[0]++
	if n > k {
		by[2*n+k] += uint64(extra) // gold that no answer can find
	}
	for c := range k {
		found, gold := set[c], y[c] > 0
		if found {
			by[n+c]++
		}
		if gold {
			by[2*n+c]++
		}
		if found && gold {
			by[c]++
		}
		right = right && found == gold
	}
	if right {
		score.Counts[1]++
	}
	return right
}

func (multilabel) best(h *Head, t *Targets, i int, a *Decoded) {
	a.Set = a.Set[:0]
	for _, y := range t.Sets[i*h.classes : (i+1)*h.classes] {
		a.Set = append(a.Set, y > 0)
	}
}

func (multilabel) name(h *Head, a *Decoded) Answer {
	named := Answer{Probabilities: byName(h.labels, a.Probabilities), Labels: []string{}}
	for c, has := range a.Set {
		if has {
			named.Labels = append(named.Labels, h.labels.Name(int32(c)))
		}
	}
	return named
}
