package data

import "braid/job"

// Count is the size of one split of one data set.
type Count struct {
	Set             string
	Split           job.Split
	Examples, Words int
	Unknown         int // words with the id of a shape or of a digit form
	Tasks           []TaskCount
}

// TaskCount is the labels of one task in a split.
type TaskCount struct {
	Task     string
	Labelled int          // examples with a label
	Labels   []LabelCount // by id; nil for regression
}

// LabelCount is the count of a label in a split.
type LabelCount struct {
	Label string
	N     int
}

// Counts counts every split of every data set, in the job's order.
func Counts(j *job.Job, p *Prepared) []Count {
	var all []Count
	for s := range p.Sets {
		for _, split := range job.Splits {
			c := p.Sets[s].Split(split)
			if c == nil {
				continue
			}
			n := Count{Set: p.Sets[s].Name, Split: split, Examples: c.Len(), Words: len(c.Words)}
			for _, w := range c.Words {
				if !p.Vocab.Known(w) {
					n.Unknown++
				}
			}
			for i := range c.Targets {
				t := &c.Targets[i]
				n.Tasks = append(n.Tasks, TaskCount{j.Tasks[t.Task].Name, len(t.Labelled), countLabels(p.Labels[t.Task], t)})
			}
			all = append(all, n)
		}
	}
	return all
}

func countLabels(labels *Labels, t *Target) []LabelCount {
	if labels == nil {
		return nil
	}
	counts := make([]LabelCount, len(labels.Names()))
	for i, name := range labels.Names() {
		counts[i].Label = name
	}
	for _, ids := range [][]int32{t.Class, t.Tags, t.SetIDs} {
		for _, id := range ids {
			if id >= 0 {
				counts[id].N++
			}
		}
	}
	return counts
}
