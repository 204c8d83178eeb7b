package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// form is an instruction set; its methods emit the same operation for either set.
type form struct {
	avx512 bool
	suffix string // of function names
	width  int    // float32 per register
	rows   int    // most rows of a tile

	numbers map[string]Mem // addresses of the constants
	held    map[string]Op  // registers of the constants that are held
	mask    Op             // mask of the lanes in use; nil for all
}

func newForm(name string) *form {
	if name == "avx512" {
		return &form{avx512: true, suffix: "AVX512", width: 16, rows: 12}
	}
	return &form{suffix: "AVX2", width: 8, rows: 6}
}

// reg returns a fresh register.
func (f *form) reg() Op {
	if f.avx512 {
		return ZMM()
	}
	return YMM()
}

func (f *form) zero(v Op) {
	if f.avx512 {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
}

// A method below that returns an Op does not change its arguments; a method
// without a result changes its first argument.

func (f *form) copy(a Op) Op {
	d := f.reg()
	VMOVAPS(a, d)
	return d
}

func (f *form) add(a, b Op) Op { d := f.reg(); VADDPS(b, a, d); return d }
func (f *form) sub(a, b Op) Op { d := f.reg(); VSUBPS(b, a, d); return d }
func (f *form) mul(a, b Op) Op { d := f.reg(); VMULPS(b, a, d); return d }
func (f *form) div(a, b Op) Op { d := f.reg(); VDIVPS(b, a, d); return d }
func (f *form) or(a, b Op) Op  { d := f.reg(); VORPS(b, a, d); return d }
func (f *form) and(a, b Op) Op { d := f.reg(); VANDPS(b, a, d); return d }

// andNot returns b without the bits of a.
func (f *form) andNot(a, b Op) Op { d := f.reg(); VANDNPS(b, a, d); return d }

// atLeast and atMost return x clamped to a limit. A NaN stays a NaN, as the
// instruction returns its second source in that case.
func (f *form) atLeast(limit, x Op) Op { d := f.reg(); VMAXPS(x, limit, d); return d }
func (f *form) atMost(limit, x Op) Op  { d := f.reg(); VMINPS(x, limit, d); return d }

func (f *form) addInt(a, b Op) Op { d := f.reg(); VPADDD(b, a, d); return d }
func (f *form) subInt(a, b Op) Op { d := f.reg(); VPSUBD(b, a, d); return d }
func (f *form) left(a Op, bits uint64) Op {
	d := f.reg()
	VPSLLD(Imm(bits), a, d)
	return d
}
func (f *form) right(a Op, bits uint64) Op {
	d := f.reg()
	VPSRLD(Imm(bits), a, d)
	return d
}
func (f *form) rightSigned(a Op, bits uint64) Op {
	d := f.reg()
	VPSRAD(Imm(bits), a, d)
	return d
}

// fma returns a*b + c, fnma -(a*b) + c.
func (f *form) fma(a, b, c Op) Op  { d := f.copy(c); VFMADD231PS(b, a, d); return d }
func (f *form) fnma(a, b, c Op) Op { d := f.copy(c); VFNMADD231PS(b, a, d); return d }

// horner sets q to q*r + the named constants in turn.
func (f *form) horner(q, r Op, names ...string) {
	for _, name := range names {
		VFMADD213PS(f.c(name), r, q)
	}
}

// Predicates of cmp: ordered and quiet, except notAbove.
const (
	equal    = 0x00
	below    = 0x11
	above    = 0x1e
	notAbove = 0x1a // unordered, too
	unknown  = 0x03 // unordered
)

// cmp compares a with b and returns a mask for blend.
func (f *form) cmp(predicate uint64, a, b Op) Op {
	var d Op = YMM()
	if f.avx512 {
		d = K()
	}
	VCMPPS(Imm(predicate), b, a, d)
	return d
}

// negative returns a mask for blend of the lanes whose sign bit is set.
func (f *form) negative(a Op) Op {
	if !f.avx512 {
		return a
	}
	k := K()
	VPMOVD2M(a, k)
	return k
}

// blend returns yes in the lanes of mask and no in the others.
func (f *form) blend(mask, yes, no Op) Op {
	d := f.reg()
	if f.avx512 {
		VBLENDMPS(yes, no, mask, d)
	} else {
		VBLENDVPS(mask, yes, no, d)
	}
	return d
}

// load reads the lanes in use; the others are 0.
func (f *form) load(m Mem) Op {
	d := f.reg()
	switch {
	case f.mask == nil:
		VMOVUPS(m, d)
	case f.avx512:
		VMOVUPS_Z(m, f.mask, d)
	default:
		VMASKMOVPS(m, f.mask, d)
	}
	return d
}

// store writes the lanes in use.
func (f *form) store(v Op, m Mem) {
	switch {
	case f.mask == nil:
		VMOVUPS(v, m)
	case f.avx512:
		VMOVUPS(v, f.mask, m)
	default:
		VMASKMOVPS(v, f.mask, m)
	}
}

// c returns a register with a constant in all lanes: the register in which hold
// or keep holds it, else a fresh one loaded from memory.
func (f *form) c(name string) Op {
	if r, ok := f.held[name]; ok {
		return r
	}
	m, ok := f.numbers[name]
	if !ok {
		panic("no constant " + name)
	}
	d := f.reg()
	VBROADCASTSS(m, d)
	return d
}

// hold holds the named constants in registers if the form is AVX-512. AVX2 has
// too few registers and loads constants at each use.
func (f *form) hold(names ...string) {
	f.held = map[string]Op{}
	if f.avx512 {
		for _, name := range names {
			f.held[name] = f.c(name)
		}
	}
}

// keep holds a constant in a register in either form.
func (f *form) keep(name string) { f.held[name] = f.c(name) }

// constants emits the table of constants. The values equal those in the Go files.
func (f *form) constants() {
	f.numbers = map[string]Mem{}
	table := GLOBL("constants"+f.suffix, attr.RODATA|attr.NOPTR)
	at := 0
	put := func(name string, bits uint32) {
		f.numbers[name] = table.Offset(at)
		DATA(at, U32(bits))
		at += 4
	}
	for i := range 32 { // masks of w lanes start at 64 - 4w
		bits := uint32(0)
		if i < 16 {
			bits = math.MaxUint32
		}
		put(fmt.Sprint("mask", i), bits)
	}
	for _, n := range []struct {
		name  string
		value float32
	}{
		{"one", 1}, {"two", 2}, {"half", 0.5}, {"-inf", float32(math.Inf(-1))}, {"max", math.MaxFloat32},
		{"log2e", 1.44269504088896341}, {"ln2Hi", 0.693359375}, {"ln2Lo", -2.12194440054690583e-4}, {"magic", 12582912},
		{"expMax", 89}, {"expMin", -104}, {"tanhMin", -40},
		{"exp2", 4.999999403953552e-1}, {"exp3", 1.666652113199234e-1}, {"exp4", 4.166839271783829e-2},
		{"exp5", 8.36874544620514e-3}, {"exp6", 1.3814535923302174e-3},
		{"smallest", 0x1p-126}, {"scale", 0x1p23}, {"-23", -23},
		{"log1", 3.3333331174e-1}, {"log2", -2.4999993993e-1}, {"log3", 2.0000714765e-1},
		{"log4", -1.6668057665e-1}, {"log5", 1.4249322787e-1}, {"log6", -1.2420140846e-1},
		{"log7", 1.1676998740e-1}, {"log8", -1.1514610310e-1}, {"log9", 7.0376836292e-2},
	} {
		put(n.name, math.Float32bits(n.value))
	}
	for _, n := range []struct {
		name string
		bits uint32
	}{
		{"sign", 1 << 31}, {"bias", 127}, {"sqrtHalf", 0x3f3504f3}, {"nan", 0x7fc00000},
		{"lowbit", 1}, {"round", 0x7fff}, {"quiet", 0x40}, {"finite", 0x7f7fffff}, {"magnitude", 0x7fffffff},
	} {
		put(n.name, n.bits)
	}
}

// lanes sets the mask to the first n lanes, 0 < n < 16, or the first 8 of them.
func (f *form) lanes(n reg.Register) {
	table, at := GP64(), GP64()
	LEAQ(f.numbers["mask0"], table)
	MOVQ(n, at)
	NEGQ(at)
	f.mask = f.readMask(Mem{Base: table, Index: at, Scale: 4, Disp: 64})
}

func (f *form) readMask(m Mem) Op {
	d := f.reg()
	if !f.avx512 {
		VMOVDQU(m, d)
		return d
	}
	VMOVDQU32(m, d)
	k := K()
	VPMOVD2M(d, k)
	return k
}

// each emits a loop that runs body over n elements, one register at a time, then
// over the remaining elements with a mask of their lanes. body must form every
// address with at.
func (f *form) each(n reg.Register, body func(at func(base reg.Register) Mem)) {
	i := GP64()
	at := func(base reg.Register) Mem { return Mem{Base: base, Index: i, Scale: 1} }
	XORQ(i, i)
	SUBQ(Imm(uint64(f.width)), n)
	JL(LabelRef("tail"))
	Label("loop")
	body(at)
	ADDQ(Imm(uint64(4*f.width)), i)
	SUBQ(Imm(uint64(f.width)), n)
	JGE(LabelRef("loop"))
	Label("tail")
	ADDQ(Imm(uint64(f.width)), n)
	JZ(LabelRef("done"))
	f.lanes(n)
	body(at)
	f.mask = nil
	Label("done")
}

// function begins an assembly function; signature lacks the opening parenthesis.
func (f *form) function(name, signature string, doc ...string) {
	f.held = map[string]Op{}
	TEXT(name+f.suffix, attr.NOSPLIT, "func("+signature)
	Pragma("noescape")
	doc[0] = name + f.suffix + " " + doc[0]
	Doc(doc...)
}

func end() {
	VZEROUPPER()
	RET()
}
