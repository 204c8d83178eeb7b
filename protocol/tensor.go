package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unsafe"
)

// little says that memory is as the wire: numbers can be copied as bytes.
var little = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// PutFloats writes x to dst, little endian. Panics if dst is shorter than 4 len(x).
func PutFloats(dst []byte, x []float32) {
	if len(dst) < 4*len(x) {
		panic(fmt.Sprintf("protocol: %d floats into %d bytes", len(x), len(dst)))
	}
	if little && len(x) > 0 {
		copy(dst, unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 4*len(x)))
		return
	}
	for i, v := range x {
		binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(v))
	}
}

// AppendFloats appends x, little endian.
func AppendFloats(dst []byte, x []float32) []byte {
	n := len(dst)
	dst = grow(dst, 4*len(x))
	PutFloats(dst[n:], x)
	return dst
}

func grow(b []byte, n int) []byte {
	if need := len(b) + n; need > cap(b) {
		larger := make([]byte, len(b), max(need, 2*cap(b)))
		copy(larger, b)
		b = larger
	}
	return b[:len(b)+n]
}

// Floats reads len(dst) numbers. Panics if src is shorter than that.
func Floats(dst []float32, src []byte) {
	if len(src) < 4*len(dst) {
		panic(fmt.Sprintf("protocol: %d bytes into %d floats", len(src), len(dst)))
	}
	if little && len(dst) > 0 {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&dst[0])), 4*len(dst)), src)
		return
	}
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
	}
}

// AppendNumbers appends x, little endian.
func AppendNumbers(dst []byte, x []uint32) []byte {
	for _, v := range x {
		dst = binary.LittleEndian.AppendUint32(dst, v)
	}
	return dst
}

// Numbers reads as many numbers as b holds, at most limit.
func Numbers(b []byte, limit int) ([]uint32, error) {
	if len(b)%4 != 0 || len(b)/4 > limit {
		return nil, fmt.Errorf("%d bytes are not up to %d numbers", len(b), limit)
	}
	x := make([]uint32, len(b)/4)
	for i := range x {
		x[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return x, nil
}

// A patch changes some of the parameters: sections, each the whole of a group
//
//	group uint32, 0 uint32, n uint32, n float32
//
// or rows of a table
//
//	group uint32, dim uint32, n uint32, n row numbers uint32, n*dim float32

// AppendWhole appends a section with a whole group to a patch.
func AppendWhole(dst []byte, group int, data []float32) []byte {
	dst = AppendNumbers(dst, []uint32{uint32(group), 0, uint32(len(data))})
	return AppendFloats(dst, data)
}

// AppendRows appends a section with rows of a table to a patch.
func AppendRows(dst []byte, group, dim int, ids []uint32, table []float32) []byte {
	dst = AppendNumbers(dst, []uint32{uint32(group), uint32(dim), uint32(len(ids))})
	dst = AppendNumbers(dst, ids)
	at := len(dst)
	dst = grow(dst, 4*dim*len(ids))
	for _, id := range ids {
		PutFloats(dst[at:], table[int(id)*dim:(int(id)+1)*dim])
		at += 4 * dim
	}
	return dst
}

// Shape says what a group is: its size, and the row length if it is a table.
type Shape struct{ Size, Dim int }

var errPatch = errors.New("patch is cut off")

// CheckPatch walks a patch and refuses it as a whole if any section does not fit.
func CheckPatch(b []byte, shapes []Shape) error { return walkPatch(b, shapes, nil) }

// ApplyPatch writes a patch into the groups. Nothing is written if it does not fit.
func ApplyPatch(b []byte, shapes []Shape, groups func(i int) []float32) error {
	if err := CheckPatch(b, shapes); err != nil {
		return err
	}
	return walkPatch(b, shapes, func(group, dim int, ids, data []byte) {
		dst := groups(group)
		if dim == 0 {
			Floats(dst, data)
			return
		}
		for i := 0; i < len(ids); i += 4 {
			id := int(binary.LittleEndian.Uint32(ids[i:]))
			Floats(dst[id*dim:(id+1)*dim], data)
			data = data[4*dim:]
		}
	})
}

// PatchSections lists what a patch touches: each group with its rows, nil for all of it.
func PatchSections(b []byte, shapes []Shape, touch func(group int, rows []uint32)) error {
	return walkPatch(b, shapes, func(group, dim int, ids, _ []byte) {
		if dim == 0 {
			touch(group, nil)
			return
		}
		rows, _ := Numbers(ids, len(ids)/4)
		touch(group, rows)
	})
}

func walkPatch(b []byte, shapes []Shape, do func(group, dim int, ids, data []byte)) error {
	for len(b) > 0 {
		if len(b) < 12 {
			return errPatch
		}
		group, dim, n := binary.LittleEndian.Uint32(b), int(binary.LittleEndian.Uint32(b[4:])), int(binary.LittleEndian.Uint32(b[8:]))
		b = b[12:]
		if group >= uint32(len(shapes)) {
			return fmt.Errorf("patch of group %d of %d", group, len(shapes))
		}
		s := shapes[group]
		ids, size := 0, n
		if dim == 0 && n != s.Size || dim != 0 && (dim != s.Dim || n > s.Size/dim) {
			return fmt.Errorf("patch of group %d has %d rows of %d, the group %d numbers and rows of %d", group, n, dim, s.Size, s.Dim)
		}
		if dim != 0 {
			ids, size = 4*n, n*dim
		}
		if len(b) < ids+4*size {
			return errPatch
		}
		for i := 0; i < ids; i += 4 {
			if id := binary.LittleEndian.Uint32(b[i:]); int64(id) >= int64(s.Size/dim) {
				return fmt.Errorf("patch of row %d of group %d, which has %d", id, group, s.Size/dim)
			}
		}
		if do != nil {
			do(int(group), dim, b[:ids], b[ids:ids+4*size])
		}
		b = b[ids+4*size:]
	}
	return nil
}
