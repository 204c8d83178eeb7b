package gradient

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"braid/internal/kernel"
)

var errShort = errors.New("gradient: message ends early")

// visitor gets the sections of a chunk. Values are n numbers, ids n numbers of four bytes.
type visitor interface {
	losses(values []byte)
	dense(group, first, n int, values []byte)
	rows(group, n int, ids, values []byte)
}

// walk reads a chunk. Everything is held against shape; nothing is allocated.
func walk(b []byte, shape *Shape, p Precision, v visitor) error {
	for len(b) > 0 {
		if b[0] == tagLosses {
			if len(b) < 1+16*shape.Tasks {
				return errShort
			}
			v.losses(b[1 : 1+16*shape.Tasks])
			b = b[1+16*shape.Tasks:]
			continue
		}
		if len(b) < sectionHead {
			return errShort
		}
		number := func(i int) int { return int(binary.LittleEndian.Uint32(b[i:])) }
		tag, group, first, n := b[0], number(1), number(5), number(9)
		b = b[sectionHead:]
		if group >= len(shape.Dense) {
			return fmt.Errorf("gradient: group %d of %d", group, len(shape.Dense))
		}
		var used int
		var err error
		switch tag {
		case tagDense:
			used, err = walkDense(b, shape, p, v, group, first, n)
		case tagRows:
			used, err = walkRows(b, shape, p, v, group, n)
		default:
			err = fmt.Errorf("gradient: section with tag %d", tag)
		}
		if err != nil {
			return err
		}
		b = b[used:]
	}
	return nil
}

func walkDense(b []byte, shape *Shape, p Precision, v visitor, group, first, n int) (used int, err error) {
	size := shape.Dense[group]
	if n == 0 || first > size || n > size-first {
		return 0, fmt.Errorf("gradient: %d numbers from %d on of group %d, which has %d", n, first, group, size)
	}
	if used = p.Bytes() * n; len(b) < used {
		return 0, errShort
	}
	v.dense(group, first, n, b[:used])
	return used, nil
}

func walkRows(b []byte, shape *Shape, p Precision, v visitor, group, n int) (used int, err error) {
	dim, limit := shape.Dim[group], shape.Rows[group]
	if dim == 0 || n == 0 || n > limit {
		return 0, fmt.Errorf("gradient: %d rows of group %d, a table of %d", n, group, limit)
	}
	if used = n * (4 + p.Bytes()*dim); len(b) < used {
		return 0, errShort
	}
	last := -1
	for i := range n {
		id := int(binary.LittleEndian.Uint32(b[4*i:]))
		if id >= limit || id <= last {
			return 0, fmt.Errorf("gradient: row ids not ascending below %d", limit)
		}
		last = id
	}
	v.rows(group, n, b[:4*n], b[4*n:used])
	return used, nil
}

// Assembly puts a gradient together from its chunks, in any order. The zero value awaits
// the first; Begin makes it ready for another gradient.
type Assembly struct {
	g         *Gradient
	precision Precision
	lossless  bool
	spans     []span // of dense groups
	numbers   int    // in them
	err       error
}

type span struct{ group, lo, hi int }

// Begin starts with g, whose buffers are reused.
func (a *Assembly) Begin(g *Gradient, shape Shape, p Precision) {
	g.reset(shape)
	*a = Assembly{g: g, precision: p, lossless: true, spans: a.spans[:0]}
}

// Add takes a chunk. After an error the gradient is unusable.
func (a *Assembly) Add(chunk []byte, shape *Shape) error {
	if err := walk(chunk, shape, a.precision, &assembler{a, shape}); err != nil {
		return err
	}
	return a.err
}

// End gives the gradient once all chunks are in it, or what it lacks.
func (a *Assembly) End() (*Gradient, error) {
	if a.lossless {
		return nil, errors.New("gradient: has no losses")
	}
	slices.SortFunc(a.spans, func(x, y span) int { return cmp.Or(x.group-y.group, x.lo-y.lo) })
	for i := 0; i < len(a.spans); {
		group, at := a.spans[i].group, 0
		for ; i < len(a.spans) && a.spans[i].group == group; i++ {
			if a.spans[i].lo != at {
				return nil, fmt.Errorf("gradient: group %d lacks or doubles numbers from %d on", group, min(at, a.spans[i].lo))
			}
			at = a.spans[i].hi
		}
		if at != len(a.g.Dense[group]) {
			return nil, fmt.Errorf("gradient: group %d lacks numbers from %d on", group, at)
		}
	}
	for i := range a.g.Rows {
		if err := a.g.Rows[i].sort(); err != nil {
			return nil, err
		}
	}
	return a.g, nil
}

// sort brings rows whose chunks came in another order in theirs.
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
	a.lossless = false
	for i := range a.g.Loss {
		v := values[16*i:]
		a.g.Loss[i] = Loss{math.Float64frombits(binary.LittleEndian.Uint64(v)), math.Float64frombits(binary.LittleEndian.Uint64(v[8:]))}
	}
}

func (a *assembler) dense(group, first, n int, values []byte) {
	// Nothing comes twice, so what is noted is bounded by what a gradient can be.
	if a.numbers += n; a.numbers > a.shape.numbers() {
		a.err = errors.New("gradient: more numbers than its groups have")
		return
	}
	d := &a.g.Dense[group]
	if *d == nil {
		*d = a.g.memory(group, a.shape.Dense[group])
	}
	ReadFloats((*d)[first:first+n], values, a.precision)
	if last := len(a.spans) - 1; last >= 0 && a.spans[last].group == group && a.spans[last].hi == first {
		a.spans[last].hi += n
		return
	}
	a.spans = append(a.spans, span{group, first, first + n})
}

func (a *assembler) rows(group, n int, ids, values []byte) {
	r := &a.g.Rows[group]
	at := len(r.IDs)
	r.Dim = a.shape.Dim[group]
	if at+n > a.shape.Rows[group] {
		a.err = fmt.Errorf("gradient: more rows of group %d than its table has", group)
		return
	}
	r.IDs, r.Data = grown(r.IDs, at+n), grown(r.Data, (at+n)*r.Dim)
	for i := range n {
		r.IDs[at+i] = binary.LittleEndian.Uint32(ids[4*i:])
	}
	ReadFloats(r.Data[at*r.Dim:], values, a.precision)
}

// Decode reads a gradient that AppendBinary wrote into g, whose buffers are reused. An error leaves g
// unusable but safe to decode into.
func (g *Gradient) Decode(b []byte, shape Shape, p Precision) error {
	var a Assembly
	a.Begin(g, shape, p)
	if err := a.Add(b, &shape); err != nil {
		return err
	}
	_, err := a.End()
	return err
}

// CheckPatch says whether a chunk of parameters fits.
func CheckPatch(chunk []byte, shape *Shape, p Precision) error {
	return walk(chunk, shape, p, nothing{})
}

// Patcher puts parameters where they belong. It belongs to one goroutine.
type Patcher struct {
	Shape     *Shape
	Groups    func(group int) []float32
	Precision Precision
	Add       bool // the numbers are added to those that are there, in float32; else they take their place

	numbers []float32 // to add
}

// Patch takes a chunk: all of it, or nothing if it does not fit.
func (x *Patcher) Patch(chunk []byte) error {
	if err := CheckPatch(chunk, x.Shape, x.Precision); err != nil {
		return err
	}
	return walk(chunk, x.Shape, x.Precision, x)
}

// nothing checks a chunk.
type nothing struct{}

func (nothing) losses([]byte)               {}
func (nothing) dense(_, _, _ int, _ []byte) {}
func (nothing) rows(_, _ int, _, _ []byte)  {}

func (x *Patcher) losses([]byte) {}

func (x *Patcher) dense(group, first, n int, values []byte) {
	x.put(x.Groups(group)[first:first+n], values)
}

func (x *Patcher) rows(group, n int, ids, values []byte) {
	table, dim := x.Groups(group), x.Shape.Dim[group]
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

// reset gives g the shape's lengths, keeping buffers.
func (g *Gradient) reset(shape Shape) {
	g.Dense = grown(g.Dense, len(shape.Dense))
	g.Rows = grown(g.Rows, len(shape.Dense))
	g.Loss = grown(g.Loss, shape.Tasks)
	g.spare = grown(g.spare, len(shape.Dense))
	clear(g.Loss)
	for i := range g.Rows {
		if g.Dense[i] != nil {
			g.spare[i], g.Dense[i] = g.Dense[i], nil
		}
		g.Rows[i].IDs, g.Rows[i].Data = g.Rows[i].IDs[:0], g.Rows[i].Data[:0]
	}
}

// memory returns n numbers for a dense group, their values anything.
func (g *Gradient) memory(group, n int) []float32 {
	d := grown(g.spare[group][:0], n)
	g.spare[group] = nil
	return d
}
