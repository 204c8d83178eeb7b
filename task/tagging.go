package task

// tagging gives every word a tag. Counts: words, words right, and the spans' correct,
// found and gold; of plain tags there are no spans.
type tagging struct {
	counted
	plain bool
}

const (
	tagWords = iota
	tagRight
	tagCorrect
	tagFound
	tagGold
	tagCounts
)

func (tagging) size(int) (counts, sums int) { return tagCounts, 0 }

func (k tagging) metrics(s *Score) map[string]float64 {
	m := map[string]float64{"accuracy": ratio(s.Counts[tagRight], s.Counts[tagWords])}
	if !k.plain {
		m["precision"], m["recall"], m["f1"] = prf(s.Counts[tagCorrect], s.Counts[tagFound], s.Counts[tagGold])
	}
	return m
}

func (tagging) loss(h *Head, s *State, t *Targets, rows []int32, scale float32) (sum, norm float64) {
	return crossEntropy(h, s, t, rows, scale)
}

func (tagging) count(h *Head, s *State, t *Targets, rows []int32, score *Score) bool {
	s.gold, s.found = s.gold[:0], s.found[:0]
	for _, r := range rows {
		s.gold = append(s.gold, t.Class[r])
		s.found = append(s.found, int32(argmax(s.logitsOf(h, r))))
	}
	for _, gold := range s.beyond {
		s.gold, s.found = append(s.gold, gold), append(s.found, noTag)
	}
	return h.countTags(s, score)
}

// noTag is the answer for a word that the model does not see: always wrong.
const noTag = -1

// countTags adds s.gold and s.found, the tag ids of one sequence.
func (h *Head) countTags(s *State, score *Score) bool {
	right := true
	s.goldTags, s.foundTags = s.goldTags[:0], s.foundTags[:0]
	for i, g := range s.gold {
		score.Counts[tagWords]++
		if g == s.found[i] {
			score.Counts[tagRight]++
		} else {
			right = false
		}
		s.goldTags, s.foundTags = append(s.goldTags, h.labels.Name(g)), append(s.foundTags, h.tagName(s.found[i]))
	}
	if h.task.Scheme == "plain" {
		return right
	}
	s.goldSpans, s.foundSpans = Spans(s.goldSpans, s.goldTags), Spans(s.foundSpans, s.foundTags)
	var c SpanCounts
	c.Count(s.goldSpans, s.foundSpans)
	score.Counts[tagCorrect] += c.Correct
	score.Counts[tagFound] += c.Found
	score.Counts[tagGold] += c.Gold
	return right
}

func (tagging) perfect(h *Head, s *State, t *Targets) { oneHot(h, s, t) }

func (h *Head) tagName(id int32) string {
	if id == noTag {
		return "O"
	}
	return h.labels.Name(id)
}

func (tagging) answer(h *Head, s *State, rows []int32) Answer {
	var a Answer
	for _, r := range rows {
		p := h.entropy.Probabilities(&s.entropy, s.logitsOf(h, r))
		best := argmax(p)
		a.Tags = append(a.Tags, h.labels.Name(int32(best)))
		a.Confidence = append(a.Confidence, float64(p[best]))
	}
	return a
}
