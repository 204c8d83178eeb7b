package model

import (
	"braid/data"
	"braid/job"
)

// BlockExamples is the number of examples that are scored together. The order of sums depends on it, so that
// coordinator, workers and local runs must all use it.
const BlockExamples = 256

// ExampleBlock is examples Lo to Hi-1 of a split of a data set, which are scored together.
type ExampleBlock struct {
	Set    int
	Split  job.Split
	Lo, Hi int
}

// ExampleBlocks cuts a split of all data sets into blocks of at most n examples.
func ExampleBlocks(sets []data.Set, split job.Split, n int) []ExampleBlock {
	var blocks []ExampleBlock
	for i := range sets {
		c := sets[i].Split(split)
		if c == nil {
			continue
		}
		for lo := 0; lo < c.Len(); lo += n {
			blocks = append(blocks, ExampleBlock{i, split, lo, min(lo+n, c.Len())})
		}
	}
	return blocks
}
