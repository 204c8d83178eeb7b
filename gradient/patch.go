package gradient

import (
	"encoding/binary"

	"braid/internal/kernel"
)

// CheckPatch returns an error if a chunk of parameters does not fit the shape.
func CheckPatch(chunk []byte, shape *Shape, p Precision) error {
	return walk(chunk, shape, p, nothing{})
}

// Patcher applies chunks of parameters. It belongs to one goroutine.
type Patcher struct {
	Shape     *Shape                    // of the parameters
	Groups    func(group int) []float32 // returns the parameters of a group, which Patch changes
	Precision Precision
	Add       bool // the numbers are increments, added in float32; otherwise they are values

	numbers []float32 // to add
}

// Patch applies a chunk. It returns an error, and changes nothing, if the chunk does not fit Shape.
func (x *Patcher) Patch(chunk []byte) error {
	if err := CheckPatch(chunk, x.Shape, x.Precision); err != nil {
		return err
	}
	return walk(chunk, x.Shape, x.Precision, x)
}

// nothing is the visitor of CheckPatch, which only checks.
type nothing struct{}

func (nothing) losses([]byte)              {}
func (nothing) dense(Range, []byte)        {}
func (nothing) rows(_, _ int, _, _ []byte) {}

func (x *Patcher) losses([]byte) {}

func (x *Patcher) dense(r Range, values []byte) {
	x.put(x.params(r.Slot)[r.Lo:r.Hi], values)
}

func (x *Patcher) params(slot int) []float32 { return x.Groups(x.Shape.Slots[slot].Group) }

func (x *Patcher) rows(slot, n int, ids, values []byte) {
	table, dim := x.params(slot), x.Shape.Slots[slot].Dim
	for i := range n {
		id := int(binary.LittleEndian.Uint32(ids[4*i:]))
		x.put(table[id*dim:(id+1)*dim], values[i*dim*x.Precision.Bytes():])
	}
}

func (x *Patcher) put(params []float32, values []byte) {
	if !x.Add {
		ReadFloats(params, values, x.Precision)
		return
	}
	x.numbers = grown(x.numbers[:0], len(params))
	ReadFloats(x.numbers, values, x.Precision)
	kernel.AddTo(params, x.numbers)
}
