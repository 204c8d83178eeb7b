package plan

// Sizes is what a plan depends on beside the job: counts, never texts.
type Sizes struct {
	Tasks []int // by task: training examples that carry its label
	Sets  []int // by data set: training examples that carry a label of any of its tasks
}

// Step is who is next.
type Step struct {
	Step    uint64 // from 0
	Streams []Stream
}

// Stream is one data set's share of a step. Sampled mode has one stream with one task;
// joint mode one for each data set that a chosen task reads.
type Stream struct {
	Set    int   // index of the data set
	Tasks  []int // indexes of tasks, ascending; all read Set
	Epoch  uint64
	Shards [][]int32 // S lists of positions: into the task's labelled examples (sampled mode) or the set's (joint mode)
}
