package gradient

import (
	"encoding/binary"
	"math"
	"slices"
)

// The binary form is a sequence of sections, little endian; every chunk consists of whole
// ones, so that a receiver puts each chunk where it belongs as it comes:
//
//	losses  tag 1                                      by task: sum, normaliser (float64)
//	dense   tag 2, uint32 group, first, n              n values, of the group's numbers from first on
//	rows    tag 3, uint32 group, 0, n                  n ids (uint32, ascending), then n rows
//
// Values are float32 or bfloat16. Parameters, or what was added to them, travel in the same form.
const (
	tagLosses = 1
	tagDense  = 2
	tagRows   = 3

	sectionHead = 13
)

// Writer cuts numbers into chunks and hands each on when it is full.
type Writer struct {
	Precision Precision
	Room      int // bytes left free before every chunk, for a frame
	Limit     int // bytes of a chunk at most; 0: no limit, one chunk

	// Send gets Room bytes and a chunk after them; it must not keep them.
	Send func(buf []byte, last bool) error

	buf []byte
	err error
}

// Begin forgets what was not sent.
func (w *Writer) Begin() {
	w.err = nil
	w.clear()
}

func (w *Writer) clear() {
	if cap(w.buf) < w.Room {
		w.buf = make([]byte, w.Room, w.Room+w.Limit)
	}
	w.buf = w.buf[:w.Room]
}

// End sends the last chunk and gives the first error of Send.
func (w *Writer) End() error {
	w.flush(true)
	return w.err
}

func (w *Writer) flush(last bool) {
	if w.err == nil {
		w.err = w.Send(w.buf, last)
	}
	w.clear()
}

// fit says how many of n items of a size the chunk at hand still takes beside a section's
// head, once there is room for one.
func (w *Writer) fit(n, size int) int {
	if w.Limit == 0 {
		return n
	}
	if room := w.Room + w.Limit - len(w.buf); room < sectionHead+size && len(w.buf) > w.Room {
		w.flush(false)
	}
	return max(1, min(n, (w.Room+w.Limit-len(w.buf)-sectionHead)/size))
}

func (w *Writer) head(tag byte, group, first, n int) {
	w.buf = append(w.buf, tag)
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(group))
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(first))
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(n))
}

// Losses writes the losses of all tasks.
func (w *Writer) Losses(losses []Loss) {
	w.fit(1, 16*len(losses))
	w.buf = append(w.buf, tagLosses)
	for _, l := range losses {
		w.buf = binary.LittleEndian.AppendUint64(w.buf, math.Float64bits(l.Sum))
		w.buf = binary.LittleEndian.AppendUint64(w.buf, math.Float64bits(l.Norm))
	}
}

// Dense writes values of a group that is no table, from the group's number first on. With
// BF16 they must already be rounded, or the receiver has others.
func (w *Writer) Dense(group, first int, values []float32) {
	for len(values) > 0 && w.err == nil {
		n := w.fit(len(values), w.Precision.Bytes())
		w.head(tagDense, group, first, n)
		w.buf = AppendFloats(w.buf, values[:n], w.Precision)
		values, first = values[n:], first+n
	}
}

// Rows writes rows of a table, which lie one after another.
func (w *Writer) Rows(group int, r Rows) {
	for len(r.IDs) > 0 && w.err == nil {
		n := w.ids(group, r.Dim, r.IDs)
		w.buf = AppendFloats(w.buf, r.Data[:n*r.Dim], w.Precision)
		r.IDs, r.Data = r.IDs[n:], r.Data[n*r.Dim:]
	}
}

// RowsOf writes the rows of a table that ids name.
func (w *Writer) RowsOf(group, dim int, ids []uint32, table []float32) {
	for len(ids) > 0 && w.err == nil {
		n := w.ids(group, dim, ids)
		for _, id := range ids[:n] {
			w.buf = AppendFloats(w.buf, table[int(id)*dim:(int(id)+1)*dim], w.Precision)
		}
		ids = ids[n:]
	}
}

// ids begins a section with as many rows as fit.
func (w *Writer) ids(group, dim int, ids []uint32) (n int) {
	n = w.fit(len(ids), 4+w.Precision.Bytes()*dim)
	w.head(tagRows, group, 0, n)
	for _, id := range ids[:n] {
		w.buf = binary.LittleEndian.AppendUint32(w.buf, id)
	}
	return n
}

// Write writes all of a gradient.
func (w *Writer) Write(g *Gradient) {
	w.Losses(g.Loss)
	for i, d := range g.Dense {
		w.Dense(i, 0, d)
		w.Rows(i, g.Rows[i])
	}
}

// AppendBinary appends the gradient's bytes to dst, as one chunk.
func (g *Gradient) AppendBinary(dst []byte, p Precision) []byte {
	w := Writer{Precision: p, buf: slices.Grow(dst, g.Size(p))}
	w.Write(g)
	return w.buf
}

// Size is the number of bytes that AppendBinary adds.
func (g *Gradient) Size(p Precision) int {
	n := 1 + 16*len(g.Loss)
	for i, d := range g.Dense {
		if d != nil {
			n += sectionHead + p.Bytes()*len(d)
		}
		if r := g.Rows[i]; len(r.IDs) > 0 {
			n += sectionHead + 4*len(r.IDs) + p.Bytes()*len(r.Data)
		}
	}
	return n
}
