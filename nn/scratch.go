package nn

import "fmt"

// resize returns a slice of n elements in the memory of buf. If that is too small, resize allocates
// a sixteenth more than needed. The values of the elements are unspecified.
func resize[E any](buf []E, n int) []E {
	if n <= cap(buf) {
		return buf[:n]
	}
	return make([]E, n, n+n/16)
}

// mustBe panics unless x holds rows rows of width elements.
func mustBe(what string, x []float32, rows, width int) {
	if len(x) != rows*width {
		panic(fmt.Sprintf("nn: %s has %d elements, want (%d, %d)", what, len(x), rows, width))
	}
}

// gatherRows copies row from[i] of src to row i of dst.
func gatherRows(dst, src []float32, from []int32, width int) {
	for i, r := range from {
		copy(dst[i*width:(i+1)*width], src[int(r)*width:])
	}
}

// column returns x from its column j on: nothing if x has no rows.
func column(x []float32, j int) []float32 { return x[min(j, len(x)):] }
