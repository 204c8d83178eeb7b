package main

import (
	"fmt"
	"strings"

	"braid/cmd/internal/term"
	"braid/data"
)

// cutLines says for each data set what max_tokens leaves out of its splits.
func cutLines(cuts []data.Cut) (lines []string) {
	for len(cuts) > 0 {
		n := 1
		for n < len(cuts) && cuts[n].Set == cuts[0].Set {
			n++
		}
		lines, cuts = append(lines, cutLine(cuts[:n])), cuts[n:]
	}
	return lines
}

// cutLine is one data set's line.
func cutLine(cuts []data.Cut) string {
	var examples, words []string
	for i, c := range cuts {
		noun := ""
		if i == 0 {
			noun = " example"
			if c.Examples > 1 {
				noun = " examples"
			}
		}
		examples = append(examples, fmt.Sprintf("%s%s of %s", term.Count(uint64(c.Examples)), noun, c.Split))
		words = append(words, term.Count(uint64(c.Words)))
	}
	list := words[len(words)-1]
	if head := words[:len(words)-1]; len(head) > 0 {
		list = strings.Join(head, ", ") + " and " + list
	}
	return fmt.Sprintf("%s: %s longer than max_tokens (%d): %s words left out; a tagging score counts them as missed",
		cuts[0].Set, strings.Join(examples, ", "), cuts[0].MaxTokens, list)
}
