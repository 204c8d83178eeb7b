package kernel

import (
	"fmt"
	"unsafe"
)

// panel is the number of columns in a panel of a Packed matrix: two AVX-512
// registers. It divides 4H for every H that is a multiple of 8.
const panel = 32

// Packed is the right-hand matrix B (K, N) of a product, in the layout that the
// products read: column panels of 32, each K rows of 32 contiguous elements, the
// last panel padded with zeros. The zero value is an empty matrix. Many
// goroutines may read a Packed at once.
type Packed struct {
	K, N   int
	panels []float32 // (ceil(N/32), K, 32), starts on a cache line
}

// Pack fills p from B (k, n), rows ldb apart. It reuses p's memory.
func (p *Packed) Pack(b []float32, k, n, ldb int) {
	checkMatrix("Pack: b", b, k, n, ldb)
	p.grow(k, n)
	for j := 0; j < n; j += panel {
		dst := p.panels[j*k:]
		w := min(panel, n-j)
		for i := 0; i < k; i++ {
			row := dst[i*panel : i*panel+panel : i*panel+panel]
			copy(row, b[i*ldb+j:i*ldb+j+w])
			clear(row[w:])
		}
	}
}

// PackRows fills p from the given rows of b, ldb apart: B[i] = b[rows[i]][:n].
func (p *Packed) PackRows(b []float32, ldb, n int, rows []int32) {
	if rows == nil {
		panic("kernel: PackRows: rows is nil")
	}
	checkRows("PackRows: b", b, n, ldb, rows)
	k := len(rows)
	p.grow(k, n)
	for j := 0; j < n; j += panel {
		dst := p.panels[j*k:]
		w := min(panel, n-j)
		for i, r := range rows {
			row := dst[i*panel : i*panel+panel : i*panel+panel]
			src := int(r)*ldb + j
			copy(row, b[src:src+w])
			clear(row[w:])
		}
	}
}

// PackTranspose fills p with the transpose of W (n, k), rows ldw apart:
// B (k, n) = Wᵀ. A layer stores its weights as (outputs, inputs), so a forward
// product uses PackTranspose and a backward product uses Pack.
func (p *Packed) PackTranspose(w []float32, n, k, ldw int) {
	checkMatrix("PackTranspose: w", w, n, k, ldw)
	p.grow(k, n)
	for j := 0; j < n; j += panel {
		dst := p.panels[j*k : j*k+k*panel]
		for c := 0; c < panel; {
			switch {
			case j+c+8 <= n:
				active.transpose(dst[c:], w[(j+c)*ldw:], ldw, k)
				c += 8
			case j+c < n:
				for i, v := range w[(j+c)*ldw : (j+c)*ldw+k] {
					dst[i*panel+c] = v
				}
				c++
			default:
				for i := range k {
					dst[i*panel+c] = 0
				}
				c++
			}
		}
	}
}

// transposeGo writes 8 rows of w, k elements each, as columns of a panel.
func transposeGo(dst, w []float32, ldw, k int) {
	for i := range k {
		for c := range 8 {
			dst[i*panel+c] = w[c*ldw+i]
		}
	}
}

// grow makes room for a (k, n) matrix. The contents are undefined.
func (p *Packed) grow(k, n int) {
	p.K, p.N = k, n
	p.panels = aligned(p.panels, (n+panel-1)/panel*k*panel)
}

// aligned returns a slice of n elements that starts on a cache line of 64
// bytes. It reslices buf if that has room. buf must come from aligned or be nil.
func aligned(buf []float32, n int) []float32 {
	if cap(buf) >= n {
		return buf[:n]
	}
	buf = make([]float32, n+15)
	skip := 0
	if off := uintptr(unsafe.Pointer(unsafe.SliceData(buf))) & 63; off != 0 {
		skip = int(64-off) / 4
	}
	return buf[skip : skip+n : skip+n]
}

// checkMatrix panics unless x holds m rows of n elements, ld apart.
func checkMatrix(what string, x []float32, m, n, ld int) {
	if m < 0 || n < 0 || (m > 1 && ld < n) || (m > 0 && n > 0 && len(x) < (m-1)*ld+n) {
		panic(fmt.Sprintf("kernel: %s: %d elements do not hold (%d, %d) with rows %d apart",
			what, len(x), m, n, ld))
	}
}

// checkRows panics unless each of the given rows of n elements lies within x.
func checkRows(what string, x []float32, n, ld int, rows []int32) {
	for _, r := range rows {
		if r < 0 || n < 0 || ld < 0 || int(r)*ld+n > len(x) {
			panic(fmt.Sprintf("kernel: %s: %d elements do not hold row %d of %d elements, rows %d apart",
				what, len(x), r, n, ld))
		}
	}
}

// checkLength panics unless x has n elements.
func checkLength(what string, x []float32, n int) {
	if len(x) != n {
		panic(fmt.Sprintf("kernel: %s: %d elements, want %d", what, len(x), n))
	}
}
