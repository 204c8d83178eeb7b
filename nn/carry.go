package nn

import (
	"fmt"
	"slices"
)

// Axes are the names of the indexes of a parameter, by dimension. A dimension without names (nil) has its indexes as
// names; it must then be of equal length in both parameters of a Carry.
type Axes [][]string

// of returns the names of dimension d; nil if it has none.
func (a Axes) of(d int) []string {
	if d < len(a) {
		return a[d]
	}
	return nil
}

// CanCarry reports whether a parameter of shape from can be carried into one of shape to: the same number of
// dimensions, and equal lengths of those without names.
func CanCarry(to, from []int, names, old Axes) bool {
	if len(to) != len(from) {
		return false
	}
	for d := range to {
		if (names.of(d) == nil) != (old.of(d) == nil) || names.of(d) == nil && to[d] != from[d] {
			return false
		}
	}
	return true
}

// Carry copies to dst the elements of src that have the same names in every dimension, and leaves the others of dst
// unchanged. names and old are the axes of dst and of src. It panics unless CanCarry is true.
func Carry(dst, src Param, names, old Axes) {
	if !CanCarry(dst.Shape, src.Shape, names, old) {
		panic(fmt.Sprintf("nn: carry of %s %v into %s %v", src.Name, src.Shape, dst.Name, dst.Shape))
	}
	from := make([][]int, len(dst.Shape)) // by dimension and index of dst: the index of src, or -1
	for d, n := range dst.Shape {
		from[d] = Match(n, names.of(d), old.of(d))
	}
	carry(dst.Data, src.Data, from, src.Shape)
}

// Match returns for each of n indexes with names the index that has the same name among old, or -1. Without names,
// each index matches itself.
func Match(n int, names, old []string) []int {
	from := make([]int, n)
	at := map[string]int{}
	for i, name := range slices.Backward(old) { // the first of equal names
		at[name] = i
	}
	for i := range from {
		from[i] = i
		if names != nil {
			from[i] = -1
			if k, ok := at[names[i]]; ok {
				from[i] = k
			}
		}
	}
	return from
}

// carry copies one dimension after the other. shape is that of src.
func carry(dst, src []float32, from [][]int, shape []int) {
	switch {
	case len(dst) == 0 || len(src) == 0:
		return
	case len(from) == 0:
		copy(dst, src)
		return
	}
	to, of := len(dst)/len(from[0]), len(src)/shape[0]
	for i, k := range from[0] {
		if k >= 0 {
			carry(dst[i*to:(i+1)*to], src[k*of:(k+1)*of], from[1:], shape[1:])
		}
	}
}
