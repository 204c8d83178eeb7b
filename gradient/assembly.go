package gradient

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Assembly puts a gradient together from its chunks, which may come in any order. Call Begin
// before each gradient.
type Assembly struct {
	g          *Gradient
	precision  Precision
	needLosses bool
	spans      []Range // that have arrived
	numbers    int     // in spans
	err        error
}

// Begin starts to assemble g. It reuses the buffers of g.
func (a *Assembly) Begin(g *Gradient, shape Shape, p Precision) {
	g.reset(shape)
	*a = Assembly{g: g, precision: p, needLosses: true, spans: a.spans[:0]}
}

// Add adds a chunk. After an error the gradient is unusable.
func (a *Assembly) Add(chunk []byte, shape *Shape) error {
	if err := walk(chunk, shape, a.precision, &assembler{a, shape}); err != nil {
		return err
	}
	return a.err
}

// End returns the gradient after its last chunk. The error names a missing part.
func (a *Assembly) End() (*Gradient, error) {
	if a.needLosses {
		return nil, errors.New("gradient: has no losses")
	}
	slices.SortFunc(a.spans, func(x, y Range) int { return cmp.Or(x.Slot-y.Slot, x.Lo-y.Lo) })
	for i := 0; i < len(a.spans); {
		slot, at := a.spans[i].Slot, 0
		for ; i < len(a.spans) && a.spans[i].Slot == slot; i++ {
			if a.spans[i].Lo != at {
				return nil, fmt.Errorf("gradient: slot %d lacks or doubles numbers from %d on", slot, min(at, a.spans[i].Lo))
			}
			at = a.spans[i].Hi
		}
		if at != len(a.g.Dense[slot]) {
			return nil, fmt.Errorf("gradient: slot %d lacks numbers from %d on", slot, at)
		}
	}
	for i := range a.g.Rows {
		if err := a.g.Rows[i].sort(); err != nil {
			return nil, err
		}
	}
	return a.g, nil
}

// sort puts the rows into ascending order. It returns an error if an id occurs twice.
func (r *Rows) sort() error {
	if slices.IsSorted(r.IDs) {
		for i := 1; i < len(r.IDs); i++ {
			if r.IDs[i] == r.IDs[i-1] {
				return fmt.Errorf("gradient: row %d comes twice", r.IDs[i])
			}
		}
		return nil
	}
	order := make([]int, len(r.IDs))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(r.IDs[i], r.IDs[j]) })
	sorted := Rows{Dim: r.Dim}
	for _, i := range order {
		sorted.IDs = append(sorted.IDs, r.IDs[i])
		sorted.Data = append(sorted.Data, r.Data[i*r.Dim:(i+1)*r.Dim]...)
	}
	*r = sorted
	return r.sort()
}

type assembler struct {
	*Assembly
	shape *Shape
}

func (a *assembler) losses(values []byte) {
	a.needLosses = false
	for i := range a.g.Loss {
		v := values[16*i:]
		sum, weight := binary.LittleEndian.Uint64(v), binary.LittleEndian.Uint64(v[8:])
		a.g.Loss[i] = Loss{math.Float64frombits(sum), math.Float64frombits(weight)}
	}
}

func (a *assembler) dense(r Range, values []byte) {
	// No number comes twice, so the spans are at most as many as the numbers of a gradient.
	if a.numbers += r.Len(); a.numbers > a.shape.numbers() {
		a.err = errors.New("gradient: more numbers than its slots have")
		return
	}
	d := &a.g.Dense[r.Slot]
	if *d == nil {
		*d = a.g.memory(r.Slot, a.shape.Slots[r.Slot].Numbers)
	}
	ReadFloats((*d)[r.Lo:r.Hi], values, a.precision)
	if last := len(a.spans) - 1; last >= 0 && a.spans[last].Slot == r.Slot && a.spans[last].Hi == r.Lo {
		a.spans[last].Hi = r.Hi
		return
	}
	a.spans = append(a.spans, r)
}

func (a *assembler) rows(slot, n int, ids, values []byte) {
	r, table := &a.g.Rows[slot], a.shape.Slots[slot]
	at := len(r.IDs)
	r.Dim = table.Dim
	if at+n > table.Rows {
		a.err = fmt.Errorf("gradient: more rows of slot %d than its table has", slot)
		return
	}
	r.IDs, r.Data = grown(r.IDs, at+n), grown(r.Data, (at+n)*r.Dim)
	for i := range n {
		r.IDs[at+i] = binary.LittleEndian.Uint32(ids[4*i:])
	}
	ReadFloats(r.Data[at*r.Dim:], values, a.precision)
}

// Decode reads a gradient that AppendBinary wrote into g and reuses the buffers of g. After an
// error g is unusable, but may be decoded into again.
func (g *Gradient) Decode(b []byte, shape Shape, p Precision) error {
	var a Assembly
	a.Begin(g, shape, p)
	if err := a.Add(b, &shape); err != nil {
		return err
	}
	_, err := a.End()
	return err
}

// reset gives g the lengths of the shape and keeps the buffers.
func (g *Gradient) reset(shape Shape) {
	g.Dense = grown(g.Dense, len(shape.Slots))
	g.Rows = grown(g.Rows, len(shape.Slots))
	g.Loss = grown(g.Loss, shape.Tasks)
	g.spare = grown(g.spare, len(shape.Slots))
	clear(g.Loss)
	for i := range g.Rows {
		if g.Dense[i] != nil {
			g.spare[i], g.Dense[i] = g.Dense[i], nil
		}
		g.Rows[i].IDs, g.Rows[i].Data = g.Rows[i].IDs[:0], g.Rows[i].Data[:0]
	}
}

// memory returns n numbers of unspecified values for a dense slot.
func (g *Gradient) memory(slot, n int) []float32 {
	d := grown(g.spare[slot][:0], n)
	g.spare[slot] = nil
	return d
}
