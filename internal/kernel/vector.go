package kernel

import "math"

// AddTo adds x to dst.
func AddTo(dst, x []float32) {
	checkLength("AddTo: dst", dst, len(x))
	active.addTo(dst, x)
}

// Axpy adds alpha·x to dst, with one rounding.
func Axpy(alpha float32, x, dst []float32) {
	checkLength("Axpy: dst", dst, len(x))
	active.axpy(alpha, x, dst)
}

// Scale multiplies x by alpha.
func Scale(alpha float32, x []float32) { active.scale(alpha, x) }

// SumRows adds the given rows of a, lda apart, to dst, in order:
// dst += a[rows[0]][:n], dst += a[rows[1]][:n] and so on. It is the gradient of
// a bias.
func SumRows(dst []float32, a []float32, lda, n int, rows []int32) {
	checkLength("SumRows: dst", dst, n)
	checkRows("SumRows: a", a, n, lda, rows)
	for _, r := range rows {
		active.addTo(dst, a[int(r)*lda:int(r)*lda+n])
	}
}

// Finite reports whether x contains neither an infinity nor a NaN.
func Finite(x []float32) bool { return active.finite(x) }

// lanes is the number of partial sums in a reduction.
const lanes = 16

// Dot returns the sum of x[i]·y[i] in float64. Products are exact; product i is
// added to lane i mod 16; the lanes are added in a fixed tree.
func Dot(x, y []float32) float64 {
	checkLength("Dot: y", y, len(x))
	return active.dot(x, y)
}

// SumSquares returns Dot(x, x).
func SumSquares(x []float32) float64 { return active.dot(x, x) }

// sumLanes adds lane l+8 to lane l, then l+4, l+2 and l+1.
func sumLanes(s *[lanes]float64) float64 {
	for w := lanes / 2; w > 0; w /= 2 {
		for l := 0; l < w; l++ {
			s[l] += s[l+w]
		}
	}
	return s[0]
}

func addToGo(dst, x []float32) {
	for i, v := range x {
		dst[i] += v
	}
}

func axpyGo(alpha float32, x, dst []float32) {
	for i, v := range x {
		dst[i] = fma32(alpha, v, dst[i])
	}
}

func scaleGo(alpha float32, x []float32) {
	for i, v := range x {
		x[i] = alpha * v
	}
}

func finiteGo(x []float32) bool {
	for _, v := range x {
		if math.Float32bits(v)&0x7f800000 == 0x7f800000 {
			return false
		}
	}
	return true
}

func dotGo(x, y []float32) float64 {
	var s [lanes]float64
	for i, v := range x {
		s[i%lanes] += float64(float64(v) * float64(y[i]))
	}
	return sumLanes(&s)
}
