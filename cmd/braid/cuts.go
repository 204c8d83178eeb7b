package main

import (
	"fmt"
	"strings"

	"braid/cmd/internal/term"
	"braid/data"
	"braid/job"
)

// cutsShown is the greatest number of data sets with cut examples that braid train lists; braid check lists all.
const cutsShown = 4

// cutLines returns a line for each data set from which max_tokens cuts words.
func cutLines(j *job.Job, cuts []data.Cut) (lines []string) {
	for len(cuts) > 0 {
		n := 1
		for n < len(cuts) && cuts[n].Set == cuts[0].Set {
			n++
		}
		lines, cuts = append(lines, cutLine(cuts[:n])+missed(j, cuts[0].Set)), cuts[n:]
	}
	return lines
}

// cutLine returns the line of one data set.
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
	noun := "words"
	if list == "1" {
		noun = "word"
	}
	return fmt.Sprintf("%s: %s longer than max_tokens (%d): %s %s left out", cuts[0].Set, strings.Join(examples, ", "),
		cuts[0].MaxTokens, list, noun)
}

// missed adds the consequence for the scores of a data set's tagging tasks.
func missed(j *job.Job, set string) string {
	for _, t := range j.Tasks {
		if t.Data == set && t.Of().Per == job.PerWord {
			return "; a tagging score counts their tags as missed"
		}
	}
	return ""
}
