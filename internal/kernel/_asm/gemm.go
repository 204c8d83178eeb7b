package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	panel    = 32 // columns of a panel of packed B, as in pack.go
	unroll   = 4  // steps of k in the inner loop
	distance = 16 // rows by which packing prefetches ahead
	gap      = 16 // elements between blocks of packed A, which packing may overwrite
)

// gemm emits the tiles of the products: for every number of rows mr that the
// registers hold, a tile that reads A by rows and a tile that reads A packed,
// mr elements for each step of k.
//
// A tile is two registers wide: 32 columns with AVX-512, 16 with AVX2. Its
// accumulators stay in registers over all of k; each step loads two registers
// of B and broadcasts mr elements of A. AVX-512 also has narrow tiles, one
// register wide, for the last columns.
func gemm(f *form) {
	widths := []int{2}
	if f.avx512 {
		widths = []int{2, 1}
	}
	for _, registers := range widths {
		for _, packed := range []bool{false, true} {
			for mr := 1; mr <= f.rows; mr++ {
				tile(f, mr, registers, packed)
			}
		}
	}
	packA(f)
	peak(f)
}

func tile(f *form, mr, registers int, packed bool) {
	size := fmt.Sprintf("%dx%d%s", mr, registers*f.width, f.suffix)
	name, aLayout := "tile"+size, fmt.Sprintf("a[(t*%d+r)*lda+l]", mr)
	if packed {
		name, aLayout = "packed"+size, fmt.Sprintf("a[t*(k*%d+%d)+l*%d+r]", mr, gap, mr)
	}
	TEXT(name, attr.NOSPLIT,
		"func(blocks, k int, a *float32, lda int, b, c *float32, ldc int, mask *int32, accumulate bool)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s computes blocks (t) of %d rows (r) and the columns (j) whose mask is -1:", name, mr),
		"",
		fmt.Sprintf("\tc[(t*%d+r)*ldc+j] = Σ over l < k of %s * b[l*32+j]", mr, aLayout),
		"",
		"starting from c instead of 0 if accumulate; k is at least 1.")

	blocks := Load(Param("blocks"), GP64())
	a := Load(Param("a"), GP64())
	c := Load(Param("c"), GP64())
	lda := Load(Param("lda"), GP64())
	ldc := Load(Param("ldc"), GP64())
	SHLQ(Imm(2), lda)
	SHLQ(Imm(2), ldc)
	b, k, p := GP64(), GP64(), GP64()

	// rowA addresses row r of A: r·lda is a scale (1, 2, 4 or 8) times an odd multiple of lda.
	odd := map[int]reg.Register{1: lda}
	if !packed {
		for o := 3; o < mr; o += 2 {
			odd[o] = GP64()
		}
		for o := 3; o < mr; o += 2 {
			MOVQ(odd[o-2], odd[o])
			ADDQ(lda, odd[o])
			ADDQ(lda, odd[o])
		}
	}
	rowA := func(r, step int) Mem {
		if packed {
			return Mem{Base: p, Disp: 4 * (step*mr + r)}
		}
		if r == 0 {
			return Mem{Base: p, Disp: 4 * step}
		}
		scale := uint8(1)
		for r%2 == 0 {
			r, scale = r/2, scale*2
		}
		return Mem{Base: p, Index: odd[r], Scale: scale, Disp: 4 * step}
	}

	// Indexed by register within a row: row of B, mask of C, and for each row its accumulators.
	bs, masks, acc := make([]Op, registers), make([]Op, registers), make([][]Op, mr)
	for r := range acc {
		for range registers {
			acc[r] = append(acc[r], f.reg())
		}
	}
	for i := range bs {
		bs[i] = f.reg()
	}
	x := f.reg()
	at := func(row Mem, i int) Mem { return row.Offset(4 * f.width * i) }

	loadMasks := func() (m reg.Register) {
		m = Load(Param("mask"), GP64())
		for i := range masks {
			if f.avx512 {
				k := K()
				VMOVDQU32(at(Mem{Base: m}, i), bs[i])
				VPMOVD2M(bs[i], k)
				masks[i] = k
			} else {
				masks[i] = bs[i]
				VMOVDQU(at(Mem{Base: m}, i), masks[i])
			}
		}
		return m
	}
	if f.avx512 {
		loadMasks()
	}

	// eachRow calls do with the number and the address of every row of C.
	eachRow := func(do func(r int, row Mem)) {
		MOVQ(c, p)
		for r := 0; r < mr; r++ {
			do(r, Mem{Base: p})
			if r < mr-1 {
				ADDQ(ldc, p)
			}
		}
	}
	// prefetch fetches a row of C. A cache line holds one AVX-512 register or two AVX2 registers.
	prefetch := func(row Mem) {
		PREFETCHT0(row)
		if f.avx512 && registers > 1 {
			PREFETCHT0(at(row, 1))
		}
	}

	Label("block")
	accumulate := Load(Param("accumulate"), GP8())
	TESTB(accumulate, accumulate)
	JNZ(LabelRef("load"))
	eachRow(func(r int, row Mem) {
		prefetch(row)
		for _, v := range acc[r] {
			f.zero(v)
		}
	})
	JMP(LabelRef("start"))
	Label("load")
	if !f.avx512 {
		loadMasks()
	}
	eachRow(func(r int, row Mem) {
		for i, v := range acc[r] {
			if f.avx512 {
				VMOVUPS_Z(at(row, i), masks[i], v)
			} else {
				VMASKMOVPS(at(row, i), masks[i], v)
			}
		}
	})
	// The next block starts by reading its rows of C.
	for range mr {
		ADDQ(ldc, p)
		prefetch(Mem{Base: p})
	}

	Label("start")
	MOVQ(a, p)
	Load(Param("b"), b)
	step := func(s int) {
		for i, v := range bs {
			VMOVUPS(at(Mem{Base: b, Disp: 4 * panel * s}, i), v)
		}
		for r := 0; r < mr; r++ {
			VBROADCASTSS(rowA(r, s), x)
			for i, v := range bs {
				VFMADD231PS(v, x, acc[r][i])
			}
		}
	}
	advance := func(steps int) {
		if packed {
			ADDQ(U32(4*steps*mr), p)
		} else {
			ADDQ(U32(4*steps), p)
		}
		ADDQ(U32(4*panel*steps), b)
	}
	Load(Param("k"), k)
	SUBQ(Imm(unroll), k)
	JL(LabelRef("rest"))
	Label("loop")
	for s := 0; s < unroll; s++ {
		step(s)
	}
	advance(unroll)
	SUBQ(Imm(unroll), k)
	JGE(LabelRef("loop"))
	Label("rest")
	ADDQ(Imm(unroll), k)
	JZ(LabelRef("store"))
	Label("single")
	step(0)
	advance(1)
	DECQ(k)
	JNZ(LabelRef("single"))

	Label("store")
	if packed { // p has passed the block
		LEAQ(Mem{Base: p, Disp: 4 * gap}, a)
	} else {
		for i := 0; i < mr; i++ {
			ADDQ(lda, a)
		}
	}
	if !f.avx512 {
		m := loadMasks()
		CMPL(Mem{Base: m, Disp: 60}, Imm(0))
		JNE(LabelRef("full"))
	}
	eachRow(func(r int, row Mem) {
		for i, v := range acc[r] {
			if f.avx512 {
				VMOVUPS(v, masks[i], at(row, i))
			} else {
				VMASKMOVPS(v, masks[i], at(row, i))
			}
		}
	})
	if !f.avx512 {
		JMP(LabelRef("next"))
		Label("full")
		eachRow(func(r int, row Mem) {
			for i, v := range acc[r] {
				VMOVUPS(v, at(row, i))
			}
		})
		Label("next")
	}
	MOVQ(p, c)
	ADDQ(ldc, c)
	DECQ(blocks)
	JNZ(LabelRef("block"))
	VZEROUPPER()
	RET()
}

// packA emits the function that packs A for the products that read A transposed.
func packA(f *form) {
	name := "packA" + f.suffix
	TEXT(name, attr.NOSPLIT, "func(dst, a *float32, lda int, rows *int32, k, mr, blocks int, mask *int32)")
	Pragma("noescape")
	Doc(name+" gathers k rows of A, cut in blocks (t) of mr columns, as the packed tiles read them:",
		"",
		fmt.Sprintf("\tdst[t*(k*mr+%d)+l*mr+r] = a[rows[l]*lda+t*mr+r]", gap),
		"",
		"It leaves anything in the gaps between blocks. mask has mr ones.")
	a := Load(Param("a"), GP64())
	lda := Load(Param("lda"), GP64())
	rows := Load(Param("rows"), GP64())
	k := Load(Param("k"), GP64())
	mr := Load(Param("mr"), GP64())
	dst := Load(Param("dst"), GP64())
	mask := Load(Param("mask"), GP64())
	stride, src, ahead, d, t := GP64(), GP64(), GP64(), GP64(), GP64()
	MOVQ(k, stride)
	IMULQ(mr, stride)
	LEAQ(Mem{Base: stride, Disp: gap}, stride)
	SHLQ(Imm(2), stride)
	SHLQ(Imm(2), lda)
	SHLQ(Imm(2), mr)
	v, m, ones := f.reg(), f.reg(), reg.Register(nil)
	if f.avx512 {
		ones = K()
		VMOVDQU32(Mem{Base: mask}, m)
		VPMOVD2M(m, ones)
	} else {
		VMOVDQU(Mem{Base: mask}, m)
	}
	Label("row")
	// Rows are pages apart, beyond the reach of hardware prefetching: prefetch a later row.
	MOVLQSX(Mem{Base: rows}, ahead)
	CMPQ(k, Imm(distance))
	JLE(LabelRef("last"))
	MOVLQSX(Mem{Base: rows, Disp: 4 * distance}, ahead)
	Label("last")
	MOVLQSX(Mem{Base: rows}, src)
	ADDQ(Imm(4), rows)
	IMULQ(lda, src)
	ADDQ(a, src)
	IMULQ(lda, ahead)
	ADDQ(a, ahead)
	MOVQ(dst, d)
	ADDQ(mr, dst)
	Load(Param("blocks"), t)
	Label("block")
	if f.avx512 {
		VMOVUPS_Z(Mem{Base: src}, ones, v)
	} else {
		VMASKMOVPS(Mem{Base: src}, m, v)
	}
	VMOVUPS(v, Mem{Base: d})
	PREFETCHT0(Mem{Base: ahead})
	ADDQ(mr, src)
	ADDQ(mr, ahead)
	ADDQ(stride, d)
	DECQ(t)
	JNZ(LabelRef("block"))
	DECQ(k)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// peak emits a loop of fused multiply-adds alone, the reference of the
// benchmarks.
func peak(f *form) {
	name := "peak" + f.suffix
	chains := 2 * f.rows
	TEXT(name, attr.NOSPLIT, "func(n int)")
	Doc(fmt.Sprintf("%s runs n steps of %d independent chains of fused multiply-adds, a register wide.", name, chains))
	n := Load(Param("n"), GP64())
	acc := make([]Op, chains)
	for i := range acc {
		acc[i] = f.reg()
		f.zero(acc[i])
	}
	x := f.reg()
	f.zero(x)
	Label("loop")
	for _, v := range acc {
		VFMADD231PS(x, x, v)
	}
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
