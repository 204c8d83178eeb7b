package gradient

// Gradient is what a node of the tree over the shards computed: sums, not means.
type Gradient struct {
	Dense [][]float32 // by group; nil where the group was not in the step, or is a table
	Rows  []Rows      // by group; IDs empty where not a table or not touched
	Loss  []Loss      // by task

	spare [][]float32 // by group: memory of a Dense of before
}

// Rows is the gradient of the touched rows of a table.
type Rows struct {
	Dim  int
	IDs  []uint32  // ascending, each once
	Data []float32 // (len(IDs), Dim)
}

// Loss is a task's summed loss and its normaliser (examples, tokens, or the sum of their class weights).
type Loss struct {
	Sum, Norm float64
}

// Shape is what a job's gradients look like; a message is held against it before
// anything is allocated.
type Shape struct {
	Dense []int // by group: number of values, 0 for a table
	Dim   []int // by group: row length of a table, 0 otherwise
	Rows  []int // by group: rows of a table
	Tasks int
}

// numbers is how many there are in all groups that are no table.
func (s *Shape) numbers() int {
	n := 0
	for _, size := range s.Dense {
		n += size
	}
	return n
}
