package kernel

import "testing"

// BenchmarkPeak measures what the machine could do at best.
func BenchmarkPeak(b *testing.B) {
	benchForms(b, func(b *testing.B) {
		const n = 1 << 16
		for b.Loop() {
			if Form() == "avx512" {
				peakAVX512(n)
			} else {
				peakAVX2(n)
			}
		}
		if Form() == "avx512" {
			gflops(b, n*24*16*2)
		} else {
			gflops(b, n*12*8*2)
		}
	})
}
