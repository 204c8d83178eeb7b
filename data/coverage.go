package data

import "braid/job"

// Coverage is the share of a split's words that start with a vector of a file.
type Coverage struct {
	Set                       string
	Split                     job.Split
	Words, WordsCovered       int // running words
	Distinct, DistinctCovered int
}

// CoverageOf counts every split of every data set, in the job's order; nil if the job has no vectors.
func CoverageOf(j *job.Job, raw *Raw, p *Prepared) []Coverage {
	if p.Vectors == nil {
		return nil
	}
	var all []Coverage
	for s := range raw.Sets {
		reading := ReadingOf(j.Data[s])
		for _, split := range job.Splits {
			examples := raw.Sets[s].Split(split)
			if examples == nil {
				continue
			}
			c, seen := Coverage{Set: raw.Sets[s].Name, Split: split}, map[string]bool{}
			for i := range examples {
				for _, w := range examples[i].Words() {
					c.add(w, p, reading, seen)
				}
			}
			all = append(all, c)
		}
	}
	return all
}

func (c *Coverage) add(word string, p *Prepared, r Reading, seen map[string]bool) {
	covered, again := seen[word]
	if !again {
		covered = p.Vectors.Has(p.Vocab.ID(r.key(word)))
		seen[word] = covered
		c.Distinct++
		if covered {
			c.DistinctCovered++
		}
	}
	c.Words++
	if covered {
		c.WordsCovered++
	}
}
