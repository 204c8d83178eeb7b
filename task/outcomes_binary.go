package task

import (
	"encoding/binary"
	"errors"
	"math"
)

// AppendBinary appends the outcomes: by text its index, then for regression answer and target (float32, little
// endian), for other kinds the number of entries and by entry twice the distance from the index before, plus 1 if a
// number above 1 follows. All other numbers are uvarints.
func (o *Outcomes) AppendBinary(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(o.Texts)))
	for i, text := range o.Texts {
		b = binary.AppendUvarint(b, uint64(text))
		if len(o.pairs) > 0 {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(o.pairs[i][0]))
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(o.pairs[i][1]))
			continue
		}
		all := o.Entries(i)
		b = binary.AppendUvarint(b, uint64(len(all)))
		next := uint32(0)
		for _, e := range all {
			distance := uint64(e.Index-next) << 1
			if next = e.Index + 1; e.N == 1 {
				b = binary.AppendUvarint(b, distance)
				continue
			}
			b = binary.AppendUvarint(binary.AppendUvarint(b, distance|1), uint64(e.N))
		}
	}
	return b
}

var errOutcomes = errors.New("task: outcomes that end early or have impossible numbers")

// Decode appends to o, which is empty, what AppendBinary wrote, all of b. Any b is safe: memory is bounded by the
// length of b. Check compares the content with the data.
func (o *Outcomes) Decode(b []byte) error {
	r := reader{b: b}
	n := r.number(uint64(len(b)))
	for range n {
		text := r.number(math.MaxUint32)
		if len(o.alone.Sums) > 0 {
			o.pairs = append(o.pairs, [2]float32{r.float(), r.float()})
		} else {
			r.entries(o)
		}
		if r.failed {
			return errOutcomes
		}
		o.Texts, o.off = append(o.Texts, uint32(text)), append(o.off, len(o.entries))
	}
	if r.failed || len(r.b) > 0 {
		return errOutcomes
	}
	return nil
}

// reader reads numbers from bytes. After a failure it returns 0.
type reader struct {
	b      []byte
	failed bool
}

func (r *reader) number(most uint64) uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > most || n > 1 && r.b[n-1] == 0 { // a number has one form
		r.failed, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) float() float32 {
	if len(r.b) < 4 {
		r.failed, r.b = true, nil
		return 0
	}
	v := math.Float32frombits(binary.LittleEndian.Uint32(r.b))
	r.b = r.b[4:]
	return v
}

// entries appends the entries of one text.
func (r *reader) entries(o *Outcomes) {
	next := uint64(0)
	for n := r.number(uint64(o.counts)); n > 0 && !r.failed; n-- {
		distance := r.number(2*uint64(o.counts) + 1)
		index, many := next+distance>>1, uint64(1)
		if distance&1 == 1 {
			if many = r.number(math.MaxUint32); many < 2 {
				r.failed = true
			}
		}
		if index >= uint64(o.counts) {
			r.failed = true
		}
		if r.failed {
			return
		}
		o.entries = append(o.entries, Entry{uint32(index), uint32(many)})
		next = index + 1
	}
}
