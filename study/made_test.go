package study

import (
	"braid/job"
	"braid/task"
)

// classified returns outcomes of texts of which those are right whose entry is set.
func classified(right []bool) *task.Outcomes {
	o := task.NewOutcomes(job.Task{Kind: "classification"}, 2)
	for i, r := range right {
		s := o.Next()
		s.Counts[0] = 1
		if r {
			s.Counts[1] = 1
		}
		o.Take(uint32(i))
	}
	return o
}

// spanned returns outcomes of texts with correct, found and gold spans.
func spanned(texts [][3]uint64) *task.Outcomes {
	o := task.NewOutcomes(job.Task{Kind: "tagging", Scheme: "bio"}, 3)
	for i, c := range texts {
		s := o.Next()
		copy(s.Counts, []uint64{9, 5, c[0], c[1], c[2], 1, 0})
		o.Take(uint32(i))
	}
	return o
}
