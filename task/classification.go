package task

// classification gives a sequence one of K classes. Counts: all, correct, then correct,
// found and gold by label.
type classification struct{ counted }

func (classification) size(labels int) (counts, sums int) { return 2 + 3*labels, 0 }

func (classification) metrics(s *Score) map[string]float64 {
	n := (len(s.Counts) - 2) / 3
	by := s.Counts[2:]
	return map[string]float64{
		"accuracy": ratio(s.Counts[1], s.Counts[0]),
		"macro_f1": macroF1(by[:n], by[n:2*n], by[2*n:]),
	}
}

func (classification) loss(h *Head, s *State, t *Targets, rows []int32, scale float32) (sum, norm float64) {
	return crossEntropy(h, s, t, rows, scale)
}

func (classification) count(h *Head, s *State, t *Targets, rows []int32, score *Score) bool {
	found, gold := argmax(s.logitsOf(h, rows[0])), int(t.Class[rows[0]])
	n := (len(score.Counts) - 2) / 3
	by := score.Counts[2:]
	score.Counts[0]++
	by[n+found]++
	by[2*n+gold]++
	if found != gold {
		return false
	}
	score.Counts[1]++
	by[found]++
	return true
}

func (classification) perfect(h *Head, s *State, t *Targets) { oneHot(h, s, t) }

// oneHot writes 1 for the class of each row and 0 for the others.
func oneHot(h *Head, s *State, t *Targets) {
	clear(s.logits)
	k := h.linear.Out
	for r := range len(s.logits) / k {
		if c := t.Class[r]; c >= 0 && int(c) < k {
			s.logits[r*k+int(c)] = 1
		}
	}
}

func (classification) answer(h *Head, s *State, rows []int32) Answer {
	p := h.entropy.Probabilities(&s.entropy, s.logitsOf(h, rows[0]))
	a := Answer{Label: h.labels.Name(int32(argmax(p))), Probabilities: map[string]float64{}}
	for c, v := range p {
		a.Probabilities[h.labels.Name(int32(c))] = float64(v)
	}
	return a
}
