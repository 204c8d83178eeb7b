package gradient

import (
	"encoding/binary"
	"errors"
	"fmt"
)

var errShort = errors.New("gradient: message ends early")

// visitor receives the sections of a chunk. Values are n numbers, ids are n numbers of four bytes.
type visitor interface {
	losses(values []byte)
	dense(r Range, values []byte)
	rows(slot, n int, ids, values []byte)
}

// walk reads a chunk and checks all of it against the shape. It allocates nothing.
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
		tag, slot, first, n := b[0], number(1), number(5), number(9)
		b = b[sectionHead:]
		if slot >= len(shape.Slots) {
			return fmt.Errorf("gradient: slot %d of %d", slot, len(shape.Slots))
		}
		var used int
		var err error
		switch tag {
		case tagDense:
			used, err = walkDense(b, shape, p, v, slot, first, n)
		case tagRows:
			used, err = walkRows(b, shape, p, v, slot, n)
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

func walkDense(b []byte, shape *Shape, p Precision, v visitor, slot, first, n int) (used int, err error) {
	size := shape.Slots[slot].Numbers
	if n == 0 || first > size || n > size-first {
		return 0, fmt.Errorf("gradient: %d numbers from %d on of slot %d, which has %d", n, first, slot, size)
	}
	if used = p.Bytes() * n; len(b) < used {
		return 0, errShort
	}
	v.dense(Range{slot, first, first + n}, b[:used])
	return used, nil
}

func walkRows(b []byte, shape *Shape, p Precision, v visitor, slot, n int) (used int, err error) {
	dim, limit := shape.Slots[slot].Dim, shape.Slots[slot].Rows
	if dim == 0 || n == 0 || n > limit {
		return 0, fmt.Errorf("gradient: %d rows of slot %d, a table of %d", n, slot, limit)
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
	v.rows(slot, n, b[:4*n], b[4*n:used])
	return used, nil
}
