package task

// multilabel gives a sequence any number of K labels. Counts: all, exactly right, then
// correct, found and gold by label, then gold labels that training did not have.
type multilabel struct{ counted }

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

func (multilabel) loss(h *Head, s *State, t *Targets, rows []int32, scale float32) (sum, norm float64) {
	return h.binary.Loss(&s.binary, s.logits, t.Sets, rows, scale, s.dLogits)
}

func (multilabel) count(h *Head, s *State, t *Targets, rows []int32, score *Score) bool {
	k := h.linear.Out
	x, y := s.logitsOf(h, rows[0]), t.Sets[int(rows[0])*k:]
	n := (len(score.Counts) - 2) / 3
	by := score.Counts[2:]
	extra := t.Extra[rows[0]]
	right := extra == 0
	score.Counts[0]++
	if n > k {
		by[2*n+k] += uint64(extra) // they are gold that nothing can find
	}
	for c := range k {
		found, gold := x[c] > 0, y[c] > 0
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

func (multilabel) perfect(_ *Head, s *State, t *Targets) {
	for i, y := range t.Sets[:len(s.logits)] {
		s.logits[i] = 2*y - 1
	}
}

func (multilabel) answer(h *Head, s *State, rows []int32) Answer {
	x := s.logitsOf(h, rows[0])
	p := make([]float32, len(x))
	h.binary.Probabilities(p, x)
	a := Answer{Probabilities: map[string]float64{}, Labels: []string{}}
	for c, v := range p {
		name := h.labels.Name(int32(c))
		a.Probabilities[name] = float64(v)
		if x[c] > 0 {
			a.Labels = append(a.Labels, name)
		}
	}
	return a
}
