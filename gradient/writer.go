package gradient

import (
	"encoding/binary"
	"math"
	"slices"
)

// The binary form is a sequence of sections, little endian. A chunk consists of whole sections,
// so that a receiver can apply each chunk as it arrives:
//
//	losses  tag 1                         by task: sum, weight (float64)
//	dense   tag 2, uint32 slot, first, n  n values: the slot's numbers from first on
//	rows    tag 3, uint32 slot, 0, n      n ids (uint32, ascending), then n rows
//
// Values are float32 or bfloat16. Parameters and their increments have the same form; their slots
// are those of the parameters' shape.
const (
	tagLosses = 1
	tagDense  = 2
	tagRows   = 3

	sectionHead = 13
)

// Writer cuts numbers into chunks and sends each chunk as soon as it is full.
type Writer struct {
	Precision Precision
	Room      int // free bytes before every chunk, for a frame
	Limit     int // largest size of a chunk in bytes; 0: no limit, one chunk

	// Send receives Room bytes and a chunk after them. It must not keep them.
	Send func(buf []byte, last bool) error

	buf []byte
	err error
}

// Begin starts the first chunk. It drops numbers that were not sent.
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

// End sends the last chunk and returns the first error of Send.
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

// fit returns the number of n items of a size that fit into the current chunk as a section. It
// starts another chunk if not even one fits.
func (w *Writer) fit(n, size int) int {
	if w.Limit == 0 {
		return n
	}
	if room := w.Room + w.Limit - len(w.buf); room < sectionHead+size && len(w.buf) > w.Room {
		w.flush(false)
	}
	return max(1, min(n, (w.Room+w.Limit-len(w.buf)-sectionHead)/size))
}

func (w *Writer) head(tag byte, slot, first, n int) {
	w.buf = append(w.buf, tag)
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(slot))
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(first))
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(n))
}

// Losses writes the losses of all tasks.
func (w *Writer) Losses(losses []Loss) {
	w.fit(1, 16*len(losses))
	w.buf = append(w.buf, tagLosses)
	for _, l := range losses {
		w.buf = binary.LittleEndian.AppendUint64(w.buf, math.Float64bits(l.Sum))
		w.buf = binary.LittleEndian.AppendUint64(w.buf, math.Float64bits(l.Weight))
	}
}

// Dense writes values of a dense slot, from its number first on. With BF16 the values must be
// rounded already: the receiver would have other values than the sender.
func (w *Writer) Dense(slot, first int, values []float32) {
	for len(values) > 0 && w.err == nil {
		n := w.fit(len(values), w.Precision.Bytes())
		w.head(tagDense, slot, first, n)
		w.buf = AppendFloats(w.buf, values[:n], w.Precision)
		values, first = values[n:], first+n
	}
}

// Rows writes rows of a table, given one after another.
func (w *Writer) Rows(slot int, r Rows) {
	for len(r.IDs) > 0 && w.err == nil {
		n := w.ids(slot, r.Dim, r.IDs)
		w.buf = AppendFloats(w.buf, r.Data[:n*r.Dim], w.Precision)
		r.IDs, r.Data = r.IDs[n:], r.Data[n*r.Dim:]
	}
}

// RowsOf writes the rows of a table that have the given ids.
func (w *Writer) RowsOf(slot, dim int, ids []uint32, table []float32) {
	for len(ids) > 0 && w.err == nil {
		n := w.ids(slot, dim, ids)
		for _, id := range ids[:n] {
			w.buf = AppendFloats(w.buf, table[int(id)*dim:(int(id)+1)*dim], w.Precision)
		}
		ids = ids[n:]
	}
}

// ids starts a section of as many rows as fit.
func (w *Writer) ids(slot, dim int, ids []uint32) (n int) {
	n = w.fit(len(ids), 4+w.Precision.Bytes()*dim)
	w.head(tagRows, slot, 0, n)
	for _, id := range ids[:n] {
		w.buf = binary.LittleEndian.AppendUint32(w.buf, id)
	}
	return n
}

// Write writes a whole gradient.
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
