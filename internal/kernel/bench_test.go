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

// BenchmarkPeak measures the highest speed of one core.
func BenchmarkPeak(b *testing.B) {
	benchForms(b, func(b *testing.B) {
		for b.Loop() {
			active.peak(peakSteps)
		}
		gflops(b, peakSteps*active.peakFlops)
	})
}

func BenchmarkMatMul(b *testing.B) {
	benchForms(b, func(b *testing.B) {
		for _, s := range [][3]int{
			{64, 1024, 256}, {2048, 1024, 128}, {8, 1024, 256}, {1, 1024, 256}, {4, 1024, 256},
			{16, 1024, 256}, {32, 1024, 256}, {2048, 1024, 256}, {1024, 1024, 1024},
		} {
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

func BenchmarkVector(b *testing.B) {
	const n = 1 << 13
	x, y, z, w := filled(n), filled(n), filled(n), filled(n)
	bytes := make([]byte, 2*n)
	benchForms(b, func(b *testing.B) {
		for _, f := range []struct {
			name string
			run  func()
		}{
			{"AddTo", func() { AddTo(y, x) }},
			{"Axpy", func() { Axpy(1e-9, x, y) }},
			{"Scale", func() { Scale(-1, y) }},
			{"Dot", func() { Dot(x, y) }},
			{"Finite", func() { Finite(x) }},
			{"Exp", func() { Exp(y, x) }},
			{"Sigmoid", func() { Sigmoid(y, x) }},
			{"Tanh", func() { Tanh(y, x) }},
			{"Log", func() { Log(y, x) }},
			{"SoftmaxRows128", func() { SoftmaxRows(y, x, 128, n/128, 128, nil) }},
			{"SoftmaxRows9", func() { SoftmaxRows(y, x, 9, n/9, 9, w[:n/9]) }},
			{"ToBF16", func() { ToBF16(bytes, x) }},
			{"FromBF16", func() { FromBF16(y, bytes) }},
			{"Adam", func() { Adam(y, z, w, x, step) }},
		} {
			b.Run(f.name, func(b *testing.B) {
				for b.Loop() {
					f.run()
				}
				b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gelem/s")
			})
		}
	})
}

func BenchmarkCell(b *testing.B) {
	const m, H = 32, 256
	pre, gates, d := filled(m*4*H), filled(m*4*H), make([]float32, m*4*H)
	prev, c, tanhC, h, dh, dc := filled(m*H), filled(m*H), filled(m*H), filled(m*H), filled(m*H), filled(m*H)
	benchForms(b, func(b *testing.B) {
		b.Run("Forward", func(b *testing.B) {
			for b.Loop() {
				copy(gates, pre)
				CellForward(gates, 4*H, prev, H, c, tanhC, H, h, H, m, H)
			}
			b.ReportMetric(m*H*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gunit/s")
		})
		b.Run("Backward", func(b *testing.B) {
			for b.Loop() {
				CellBackward(d, 4*H, gates, 4*H, prev, H, tanhC, H, dh, H, dc, H, m, H)
			}
			b.ReportMetric(m*H*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gunit/s")
		})
	})
}
