package main

import (
	"regexp"
	"strings"
)

type total struct{ words, odd int }

func (t *total) rate() float64 {
	if t.words == 0 {
		return 0
	}
	return float64(t.odd) / float64(t.words) * 1000
}

var word = regexp.MustCompile(`[A-Za-z']+`)

// matcher finds phrases of one or more words, in any case and across line ends.
type matcher struct{ phrases []string }

func newMatcher(phrases []string) *matcher { return &matcher{phrases} }

// find returns how many words text has, and each occurrence of a phrase.
func (m *matcher) find(text string) (words int, found []string) {
	list := word.FindAllString(strings.ToLower(text), -1)
	// Two blanks between words, so that neighbouring occurrences do not share one.
	joined := " " + strings.Join(list, "  ") + " "
	for _, p := range m.phrases {
		pattern := " " + strings.Join(strings.Fields(p), "  ") + " "
		for range strings.Count(joined, pattern) {
			found = append(found, p)
		}
	}
	return len(list), found
}
