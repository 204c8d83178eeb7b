package gradient

// Gradient is the gradient of a node of the tree over the shards: sums, not means.
type Gradient struct {
	Dense [][]float32 // by slot; nil if the step did not train the slot, and for tables
	Rows  []Rows      // by slot; no IDs if the step touched no row, and for dense slots
	Loss  []Loss      // by task

	spare [][]float32 // by slot: memory of an earlier Dense
}

// Rows is the gradient of the touched rows of a table.
type Rows struct {
	Dim  int
	IDs  []uint32  // ascending, each once
	Data []float32 // (len(IDs), Dim)
}

// Loss is a task's summed loss and the sum of the weights of its examples: the normaliser, by
// which the sum is divided for a mean. The weight of an example is 1, its number of words, or the
// sum of its class weights.
type Loss struct {
	Sum, Weight float64
}

// Slot is the gradient of one parameter group: all numbers of a dense group, or the touched rows
// of a table.
type Slot struct {
	Group   int // index of the parameter group
	Numbers int // of a dense slot, > 0; 0 for a table
	Dim     int // of a table: numbers of a row, > 0; 0 for a dense slot
	Rows    int // of a table
}

// Table reports whether the slot is a table.
func (s Slot) Table() bool { return s.Dim > 0 }

// Shape is the shape of a job's gradients, or of its parameters: the two may have different
// slots. A message is checked against its shape before anything is allocated.
type Shape struct {
	Slots []Slot
	Tasks int
}

// Range is numbers Lo to Hi-1 of a dense slot.
type Range struct{ Slot, Lo, Hi int }

// Len is the count of numbers.
func (r Range) Len() int { return r.Hi - r.Lo }

// numbers counts the numbers of all dense slots.
func (s *Shape) numbers() int {
	n := 0
	for _, slot := range s.Slots {
		n += slot.Numbers
	}
	return n
}
