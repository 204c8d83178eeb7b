package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// form is an instruction set.
type form struct {
	avx512 bool
	suffix string // of function names
	width  int    // float32 in a register
	rows   int    // most rows of a tile
}

var (
	avx512 = form{avx512: true, suffix: "AVX512", width: 16, rows: 12}
	avx2   = form{suffix: "AVX2", width: 8, rows: 6}
)

// reg returns a fresh register.
func (f form) reg() Op {
	if f.avx512 {
		return ZMM()
	}
	return YMM()
}

func (f form) zero(v Op) {
	if f.avx512 {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
}
