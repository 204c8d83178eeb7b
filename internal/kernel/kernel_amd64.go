package kernel

import "golang.org/x/sys/cpu"

//go:generate -command asm go -C _asm run .
//go:generate asm -form avx512 -part gemm -out ../gemm_avx512_amd64.s -stubs ../gemm_avx512_amd64.go -pkg kernel
//go:generate asm -form avx512 -part vector -out ../vector_avx512_amd64.s -stubs ../vector_avx512_amd64.go -pkg kernel
//go:generate asm -form avx2 -part gemm -out ../gemm_avx2_amd64.s -stubs ../gemm_avx2_amd64.go -pkg kernel
//go:generate asm -form avx2 -part vector -out ../vector_avx2_amd64.s -stubs ../vector_avx2_amd64.go -pkg kernel

// native returns the assembly forms that this machine and its operating system
// can run, the fastest first.
func native() (forms []*impl) {
	x := &cpu.X86
	if x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL && x.HasFMA {
		forms = append(forms, &formAVX512)
	}
	if x.HasAVX2 && x.HasFMA {
		forms = append(forms, &formAVX2)
	}
	return forms
}

var formAVX512 = func() impl {
	f := portable
	f.name = "avx512"
	t := &tiles{rows: 12, cols: 32,
		wide: tileSet{
			plain: []tile{nil,
				tile1x32AVX512, tile2x32AVX512, tile3x32AVX512, tile4x32AVX512, tile5x32AVX512, tile6x32AVX512,
				tile7x32AVX512, tile8x32AVX512, tile9x32AVX512, tile10x32AVX512, tile11x32AVX512, tile12x32AVX512},
			packed: []tile{nil,
				packed1x32AVX512, packed2x32AVX512, packed3x32AVX512, packed4x32AVX512, packed5x32AVX512, packed6x32AVX512,
				packed7x32AVX512, packed8x32AVX512, packed9x32AVX512, packed10x32AVX512, packed11x32AVX512, packed12x32AVX512},
		},
		narrow: tileSet{
			plain: []tile{nil,
				tile1x16AVX512, tile2x16AVX512, tile3x16AVX512, tile4x16AVX512, tile5x16AVX512, tile6x16AVX512,
				tile7x16AVX512, tile8x16AVX512, tile9x16AVX512, tile10x16AVX512, tile11x16AVX512, tile12x16AVX512},
			packed: []tile{nil,
				packed1x16AVX512, packed2x16AVX512, packed3x16AVX512, packed4x16AVX512, packed5x16AVX512, packed6x16AVX512,
				packed7x16AVX512, packed8x16AVX512, packed9x16AVX512, packed10x16AVX512, packed11x16AVX512, packed12x16AVX512},
		},
		packA: packAAVX512,
	}
	f.matMul, f.matMulRowsT = t.matMul, t.matMulRowsT
	v := &vectors{
		addTo: addToAVX512,
		axpy:  axpyAVX512,
		scale: scaleAVX512,
		dot: func(x, y *float32, n int) (sums [lanes]float64) {
			dotAVX512(x, y, n, &sums)
			return sums
		},
		finite:       finiteAVX512,
		exp:          expAVX512,
		sigmoid:      sigmoidAVX512,
		tanh:         tanhAVX512,
		log:          logAVX512,
		softmax:      softmaxAVX512,
		cellForward:  cellForwardAVX512,
		cellBackward: cellBackwardAVX512,
		roundBF16:    roundBF16AVX512,
		split:        splitAVX512,
		toBF16:       toBF16AVX512,
		fromBF16:     fromBF16AVX512,
		transpose:    transposeAVX2,
		adam: func(p, m, v, g *float32, n int, o AdamStep) {
			adamAVX512(p, m, v, g, n, &o.Beta1)
		},
	}
	v.install(&f)
	f.peak, f.peakFlops = peakAVX512, 24*16*2
	return f
}()

var formAVX2 = func() impl {
	f := portable
	f.name = "avx2"
	t := &tiles{rows: 6, cols: 16,
		wide: tileSet{
			plain: []tile{nil, tile1x16AVX2, tile2x16AVX2, tile3x16AVX2, tile4x16AVX2, tile5x16AVX2, tile6x16AVX2},
			packed: []tile{nil,
				packed1x16AVX2, packed2x16AVX2, packed3x16AVX2, packed4x16AVX2, packed5x16AVX2, packed6x16AVX2},
		},
		packA: packAAVX2,
	}
	f.matMul, f.matMulRowsT = t.matMul, t.matMulRowsT
	v := &vectors{
		addTo: addToAVX2,
		axpy:  axpyAVX2,
		scale: scaleAVX2,
		dot: func(x, y *float32, n int) (sums [lanes]float64) {
			dotAVX2(x, y, n, &sums)
			return sums
		},
		finite:       finiteAVX2,
		exp:          expAVX2,
		sigmoid:      sigmoidAVX2,
		tanh:         tanhAVX2,
		log:          logAVX2,
		softmax:      softmaxAVX2,
		cellForward:  cellForwardAVX2,
		cellBackward: cellBackwardAVX2,
		roundBF16:    roundBF16AVX2,
		split:        splitAVX2,
		toBF16:       toBF16AVX2,
		fromBF16:     fromBF16AVX2,
		transpose:    transposeAVX2,
		adam: func(p, m, v, g *float32, n int, o AdamStep) {
			adamAVX2(p, m, v, g, n, &o.Beta1)
		},
	}
	v.install(&f)
	f.peak, f.peakFlops = peakAVX2, 12*8*2
	return f
}()
