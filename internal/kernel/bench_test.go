package kernel

import (
	"fmt"
	"testing"
)

func benchForms(b *testing.B, f func(b *testing.B)) {
	before := Form()
	defer Use(before)
	for _, name := range Forms() {
		if name == "go" {
			continue
		}
		Use(name)
		b.Run(name, f)
	}
}

func gflops(b *testing.B, flops int) {
	b.ReportMetric(float64(flops)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

func filled(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i%17)/16 - 0.5
	}
	return x
}

func BenchmarkMatMul(b *testing.B) {
	benchForms(b, func(b *testing.B) {
		for _, s := range [][3]int{{64, 1024, 256}, {2048, 1024, 128}, {8, 1024, 256}, {1, 1024, 256}, {4, 1024, 256}, {16, 1024, 256}, {32, 1024, 256}, {2048, 1024, 256}, {1024, 1024, 1024}} {
			m, n, k := s[0], s[1], s[2]
			b.Run(fmt.Sprintf("%dx%dx%d", m, n, k), func(b *testing.B) {
				var p Packed
				p.Pack(filled(k*n), k, n, n)
				a, c := filled(m*k), make([]float32, m*n)
				for b.Loop() {
					MatMul(c, n, a, k, m, &p, false)
				}
				gflops(b, 2*m*n*k)
			})
		}
	})
}

func BenchmarkMatMulRowsT(b *testing.B) {
	benchForms(b, func(b *testing.B) {
		for _, s := range [][3]int{{1024, 256, 2048}, {1024, 256, 256}, {1024, 128, 64}} {
			m, n, k := s[0], s[1], s[2]
			b.Run(fmt.Sprintf("%dx%dx%d", m, n, k), func(b *testing.B) {
				rows := make([]int32, k)
				for i := range rows {
					rows[i] = int32(i)
				}
				var p Packed
				var s Scratch
				p.Pack(filled(k*n), k, n, n)
				a, c := filled(m*k), make([]float32, m*n)
				for b.Loop() {
					MatMulRowsT(c, n, a, m, m, rows, &p, true, &s)
				}
				gflops(b, 2*m*n*k)
			})
		}
	})
}

func BenchmarkPack(b *testing.B) {
	const k, n = 256, 1024
	w := filled(k * n)
	rows := make([]int32, k)
	for i := range rows {
		rows[i] = int32(i)
	}
	var p Packed
	for name, f := range map[string]func(){
		"Pack":          func() { p.Pack(w, k, n, n) },
		"PackTranspose": func() { p.PackTranspose(w, n, k, k) },
		"PackRows":      func() { p.PackRows(w, n, n, rows) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(4 * k * n)
			for b.Loop() {
				f()
			}
		})
	}
}
