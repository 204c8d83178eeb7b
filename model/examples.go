package model

import (
	"braid/data"
	"braid/job"
	"braid/plan"
)

// resolve appends the examples of the training corpus at positions of a stream.
func resolve(dst []uint32, j *job.Job, c *data.Corpus, s plan.Stream, positions []int32) []uint32 {
	from := listed(j, c, s)
	for _, p := range positions {
		dst = append(dst, from[p])
	}
	return dst
}

// listed returns the examples that a stream's positions index.
func listed(j *job.Job, c *data.Corpus, s plan.Stream) []uint32 {
	if j.Training.Mode == "joint" {
		return c.Any
	}
	return targetOf(c, s.Tasks[0]).Labelled
}

// targetOf returns a task's target in a corpus that has it.
func targetOf(c *data.Corpus, t int) *data.Target {
	for i := range c.Targets {
		if c.Targets[i].Task == t {
			return &c.Targets[i]
		}
	}
	panic("model: the corpus has no such task")
}
