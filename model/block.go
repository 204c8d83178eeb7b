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
	Every  int // 0: every example; k: Lo, Lo+k, Lo+2k and so on
}

// probeExamples is the number of examples of a data set in job.Probe: few, since a measurement scores them twice.
const probeExamples = 32

// ExampleBlocks cuts a split of all data sets into blocks of at most n examples. job.Probe is a block of each data set:
// examples at equal distances in the order of the training file, which may be sorted by label.
func ExampleBlocks(sets []data.Set, split job.Split, n int) []ExampleBlock {
	var blocks []ExampleBlock
	if split == job.Probe {
		for i := range sets {
			size := sets[i].Train.Len()
			every := max(1, size/probeExamples)
			blocks = append(blocks, ExampleBlock{i, job.Train, 0, min(size, probeExamples*every), every})
		}
		return blocks
	}
	for i := range sets {
		c := sets[i].Split(split)
		if c == nil {
			continue
		}
		for lo := 0; lo < c.Len(); lo += n {
			blocks = append(blocks, ExampleBlock{Set: i, Split: split, Lo: lo, Hi: min(lo+n, c.Len())})
		}
	}
	return blocks
}
