package task

import "strings"

// Span is a typed stretch of words, Start to End-1.
type Span struct {
	Type       string
	Start, End int
}

// Spans finds the spans of BIO tags as conlleval does: an I- that does not continue a span
// of its type starts one. Types may hold hyphens. dst is reused.
// Source: conlleval.pl of the CoNLL-2000 shared task (startOfChunk, endOfChunk).
func Spans(dst []Span, tags []string) []Span {
	dst = dst[:0]
	open := false
	for i, tag := range tags {
		prefix, kind, _ := strings.Cut(tag, "-")
		continues := open && prefix == "I" && kind == dst[len(dst)-1].Type
		if continues {
			dst[len(dst)-1].End = i + 1
			continue
		}
		open = prefix == "B" || prefix == "I"
		if open {
			dst = append(dst, Span{kind, i, i + 1})
		}
	}
	return dst
}

// SpanCounts are what span precision, recall and F1 are made of; they add over sentences.
type SpanCounts struct{ Correct, Found, Gold uint64 }

// Count adds a sentence: a found span is correct if a gold one has its type and both ends.
func (c *SpanCounts) Count(gold, found []Span) {
	c.Gold += uint64(len(gold))
	c.Found += uint64(len(found))
	for i, j := 0, 0; i < len(gold) && j < len(found); {
		switch {
		case gold[i] == found[j]:
			c.Correct++
			i++
			j++
		case gold[i].Start < found[j].Start:
			i++
		case gold[i].Start > found[j].Start:
			j++
		default:
			i++
			j++
		}
	}
}

// Scores are precision, recall and F1 as fractions; 0 where nothing was found or there.
func (c SpanCounts) Scores() (precision, recall, f1 float64) {
	return prf(c.Correct, c.Found, c.Gold)
}

func prf(correct, found, gold uint64) (precision, recall, f1 float64) {
	if found > 0 {
		precision = float64(correct) / float64(found)
	}
	if gold > 0 {
		recall = float64(correct) / float64(gold)
	}
	if correct > 0 {
		f1 = 2 * precision * recall / (precision + recall)
	}
	return precision, recall, f1
}
