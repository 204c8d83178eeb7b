package data

import "braid/job"

// Cut counts the examples and words of a split that max_tokens cuts off.
type Cut struct {
	Set             string
	Split           string // or the name of a file
	MaxTokens       int
	Examples, Words int // examples that are cut; words cut off
}

// Cuts lists the splits with examples that are cut, in the job's order.
func Cuts(j *job.Job, raw *Raw) (cuts []Cut) {
	for s := range raw.Sets {
		for _, split := range job.Splits {
			if c := CutOf(string(split), j.Data[s], raw.Sets[s].Split(split)); c.Examples > 0 {
				cuts = append(cuts, c)
			}
		}
	}
	return cuts
}

// CutOf counts the examples and words that are cut in a split.
func CutOf(split string, d job.DataSet, examples []Example) Cut {
	c := Cut{Set: d.Name, Split: split, MaxTokens: d.MaxTokens}
	for i := range examples {
		if n := examples[i].Cut; n > 0 {
			c.Examples++
			c.Words += n
		}
	}
	return c
}
