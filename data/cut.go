package data

import "braid/job"

// Cut is what max_tokens leaves out of a split.
type Cut struct {
	Set, Split      string // Split may be the name of a file that is read in its place
	MaxTokens       int
	Examples, Words int // examples that are longer; words of theirs that the model does not see
}

// Cuts lists the splits that have longer examples, in the job's order.
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

// CutOf counts what is left out of a split's examples.
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
