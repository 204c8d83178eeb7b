package task

import (
	"slices"

	"braid/data"
)

// tagging gives every word a tag. Counts: words, words right, the spans' correct, found and gold,
// which stay 0 if tags are plain, texts, and texts with every tag right.
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
	tagTexts
	tagTextsRight
	tagCounts
)

// tagMemory is scratch memory for counting the tags of one text.
type tagMemory struct {
	rows                  []int32
	gold, found           []int32
	goldTags, foundTags   []string
	goldSpans, foundSpans []Span
}

func (tagging) gather(h *Head, t *Targets, c *data.Corpus, from *data.Target, examples []uint32) {
	l := t.layout
	n := l.N()
	t.Class = slices.Grow(t.Class[:0], n)[:n]
	for step := range l.T() {
		lo, hi := l.Off[step], l.Off[step+1]
		for r := lo; r < hi; r++ {
			t.Class[r] = from.Tags[c.Offsets[examples[r-lo]]+uint32(step)]
		}
	}
	t.setKnown(h.classes)
	t.Beyond = t.Beyond[:0]
	if len(from.Cut) > 0 {
		for _, e := range examples {
			t.Beyond = append(t.Beyond, from.Beyond(e))
		}
	}
}

func (tagging) size(int) (counts, sums int) { return tagCounts, 0 }

func (k tagging) metrics(s *Score) map[string]float64 {
	m := map[string]float64{
		"accuracy":          ratio(s.Counts[tagRight], s.Counts[tagWords]),
		"sentence_accuracy": ratio(s.Counts[tagTextsRight], s.Counts[tagTexts]),
	}
	if !k.plain {
		m["precision"], m["recall"], m["f1"] = prf(s.Counts[tagCorrect], s.Counts[tagFound], s.Counts[tagGold])
	}
	return m
}

// noTag is the answer for a word that the model does not see. It is always wrong.
const noTag = -1

func (k tagging) count(h *Head, p *Pass, t *Targets, i int, score *Score) bool {
	m := &p.tags
	m.gold, m.found = m.gold[:0], append(m.found[:0], p.answer.Classes...)
	m.rows = appendWords(m.rows[:0], t.layout, i)
	for _, r := range m.rows {
		m.gold = append(m.gold, t.Class[r])
	}
	if len(t.Beyond) > 0 {
		for _, gold := range t.Beyond[i] {
			m.gold, m.found = append(m.gold, gold), append(m.found, noTag)
		}
	}
	return k.countTags(h.labels, m, score)
}

// countTags adds m.gold and m.found, the tag ids of one text.
func (k tagging) countTags(labels *data.Labels, m *tagMemory, score *Score) bool {
	right := true
	m.goldTags, m.foundTags = m.goldTags[:0], m.foundTags[:0]
	for i, g := range m.gold {
		score.Counts[tagWords]++
		if g == m.found[i] {
			score.Counts[tagRight]++
		} else {
			right = false
		}
		m.goldTags, m.foundTags = append(m.goldTags, labels.Name(g)), append(m.foundTags, tagName(labels, m.found[i]))
	}
	score.Counts[tagTexts]++
	if right {
		score.Counts[tagTextsRight]++
	}
	if k.plain {
		return right
	}
	m.goldSpans, m.foundSpans = Spans(m.goldSpans, m.goldTags), Spans(m.foundSpans, m.foundTags)
	var c SpanCounts
	c.Count(m.goldSpans, m.foundSpans)
	score.Counts[tagCorrect] += c.Correct
	score.Counts[tagFound] += c.Found
	score.Counts[tagGold] += c.Gold
	return right
}

func tagName(labels *data.Labels, id int32) string {
	if id == noTag {
		return "O"
	}
	return labels.Name(id)
}

func (tagging) best(_ *Head, t *Targets, i int, a *Decoded) {
	a.Classes = appendWords(a.Classes[:0], t.layout, i)
	for j, r := range a.Classes {
		a.Classes[j] = max(t.Known[r], 0)
	}
}

func (k tagging) name(h *Head, a *Decoded) Answer {
	var named Answer
	for i, id := range a.Classes {
		named.Tags = append(named.Tags, h.labels.Name(id))
		named.Confidence = append(named.Confidence, float64(a.Probabilities[i]))
	}
	if k.plain {
		return named
	}
	if named.Spans = append(named.Spans, a.Spans...); len(named.Spans) == 0 {
		named.Spans = leastOf(named)
	}
	return named
}

// leastOf returns the spans of an answer whose decoder gives none. The probability of a span is the least of its
// words' tags, which bounds it from above.
func leastOf(a Answer) (all []ScoredSpan) {
	for _, s := range Spans(nil, a.Tags) {
		scored := ScoredSpan{s, 1}
		for _, p := range a.Confidence[s.Start:s.End] {
			scored.Probability = min(scored.Probability, float32(p))
		}
		all = append(all, scored)
	}
	return all
}
