package nn

// Param is a named tensor, row-major: a window of its Group's memory.
type Param struct {
	Name  string // as PyTorch's: weight_ih_l0
	Shape []int
	Data  []float32
}

// Group is the tensors that are updated together: the encoder's dense part, one table, one head.
type Group struct {
	Name   string  // "encoder", "word", "head.<task>"
	Params []Param // in fixed order, contiguous in Data
	Data   []float32
	Dim    int // > 0: a table (embedding) of one Param (rows, Dim), whose gradient is sparse
}

// ParamSet is all parameters of a model in fixed order: group 0 is the dense encoder,
// group 1 the word table, group 2+t the head of task t.
type ParamSet struct {
	Groups []*Group
}

// The fixed places of the groups.
const (
	GroupEncoder = 0
	GroupWord    = 1
	GroupHeads   = 2
)
