package task

import "braid/data"

// classification gives a text one of K classes. Counts: all, right, then by label correct, found and
// gold.
type classification struct{ counted }

func (classification) gather(h *Head, t *Targets, _ *data.Corpus, from *data.Target, examples []uint32) {
	t.Class = t.Class[:0]
	for _, e := range examples {
		t.Class = append(t.Class, from.Class[e])
	}
	t.setKnown(h.classes)
}

func (classification) size(labels int) (counts, sums int) { return 2 + 3*labels, 0 }

func (classification) metrics(s *Score) map[string]float64 {
	n := (len(s.Counts) - 2) / 3
	by := s.Counts[2:]
	return map[string]float64{
		"accuracy": ratio(s.Counts[1], s.Counts[0]),
		"macro_f1": macroF1(by[:n], by[n:2*n], by[2*n:]),
	}
}

func (classification) count(_ *Head, p *Pass, t *Targets, i int, score *Score) bool {
	found, gold := int(p.answer.Classes[0]), int(t.Class[i])
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

func (classification) best(_ *Head, t *Targets, i int, a *Decoded) {
	a.Classes = append(a.Classes[:0], max(t.Known[i], 0))
}

func (classification) name(h *Head, a *Decoded) Answer {
	return Answer{Label: h.labels.Name(a.Classes[0]), Probabilities: byName(h.labels, a.Probabilities)}
}
