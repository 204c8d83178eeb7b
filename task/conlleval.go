package task

import "strings"

// Span is a run of words with a type: Start to End-1.
type Span struct {
	Type       string
	Start, End int
}

// Spans returns the spans of BIO tags in the memory of dst, as conlleval finds them: an I- tag that
// does not continue a span of its type starts one. Types may contain hyphens.
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

// SpanCounts are the counts behind precision, recall and F1 of spans. Counts of sentences add up.
type SpanCounts struct{ Correct, Found, Gold uint64 }

// Count adds a sentence whose spans ascend, as Spans returns them. A found span is correct if a gold
// span has its type and both its ends.
func (c *SpanCounts) Count(gold, found []Span) {
	c.Gold += uint64(len(gold))
	c.Found += uint64(len(found))
	for i, j := 0, 0; i < len(gold) && j < len(found); {
		if gold[i] == found[j] {
			c.Correct++
		}
		if gold[i].Start <= found[j].Start {
			i++
		} else {
			j++
		}
	}
}

// Scores returns precision, recall and F1 as fractions. A figure is 0 if its denominator is 0.
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
