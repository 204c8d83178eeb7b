package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vector emits every function except the products.
func vector(f *form) {
	f.constants()
	f.sums()
	f.dot()
	f.finite()
	f.functions()
	f.softmax()
	f.cellForward()
	f.cellBackward()
	f.bf16()
	f.adam()
	if !f.avx512 {
		f.transpose()
	}
}

func pointer(name string) reg.Register { return Load(Param(name), GP64()) }

func (f *form) sums() {
	f.function("addTo", "dst, x *float32, n int)", "is addToGo over n elements.")
	dst, x, n := pointer("dst"), pointer("x"), pointer("n")
	f.each(n, func(at func(reg.Register) Mem) {
		f.store(f.add(f.load(at(dst)), f.load(at(x))), at(dst))
	})
	end()

	f.function("axpy", "alpha float32, x, dst *float32, n int)", "is axpyGo over n elements.")
	dst, x, n = pointer("dst"), pointer("x"), pointer("n")
	alpha := f.param("alpha")
	f.each(n, func(at func(reg.Register) Mem) {
		f.store(f.fma(alpha, f.load(at(x)), f.load(at(dst))), at(dst))
	})
	end()

	f.function("scale", "alpha float32, x *float32, n int)", "is scaleGo over n elements.")
	x, n = pointer("x"), pointer("n")
	alpha = f.param("alpha")
	f.each(n, func(at func(reg.Register) Mem) {
		f.store(f.mul(alpha, f.load(at(x))), at(x))
	})
	end()
}

// param returns a register with a float32 parameter in all lanes.
func (f *form) param(name string) Op {
	x, d := XMM(), f.reg()
	Load(Param(name), x)
	VBROADCASTSS(x, d)
	return d
}

func (f *form) dot() {
	f.function("dot", "x, y *float32, n int, sums *[16]float64)",
		"sets sums to the lanes of dotGo over the first n elements, a multiple of 16, and at least that.")
	x, y, n, sums := pointer("x"), pointer("y"), pointer("n"), pointer("sums")
	parts := 32 / f.width
	acc := make([]Op, parts)
	for i := range acc {
		acc[i] = f.reg()
		f.zero(acc[i])
	}
	Label("loop")
	for i, s := range acc {
		a, b := f.reg(), f.reg()
		VCVTPS2PD(Mem{Base: x, Disp: 2 * f.width * i}, a)
		VCVTPS2PD(Mem{Base: y, Disp: 2 * f.width * i}, b)
		VFMADD231PD(a, b, s)
	}
	ADDQ(Imm(64), x)
	ADDQ(Imm(64), y)
	SUBQ(Imm(16), n)
	JNZ(LabelRef("loop"))
	for i, s := range acc {
		VMOVUPD(s, Mem{Base: sums, Disp: 4 * f.width * i})
	}
	end()
}

func (f *form) finite() {
	f.function("finite", "x *float32, n int) bool", "is finiteGo over n elements.")
	x, n := pointer("x"), pointer("n")
	f.hold("magnitude")
	f.keep("magnitude")
	top := f.reg()
	f.zero(top)
	f.each(n, func(at func(reg.Register) Mem) {
		VPMAXUD(f.and(f.load(at(x)), f.c("magnitude")), top, top)
	})
	ok := GP8()
	if f.avx512 {
		k := K()
		VPCMPGTD(f.c("finite"), top, k)
		KORTESTW(k, k)
	} else {
		d, bits := YMM(), GP32()
		VPCMPGTD(f.c("finite"), top, d)
		VMOVMSKPS(d, bits)
		TESTL(bits, bits)
	}
	SETEQ(ok)
	Store(ok, ReturnIndex(0))
	end()
}

var expConstants = []string{"one", "log2e", "ln2Hi", "ln2Lo", "magic", "exp2", "exp3", "exp4", "exp5", "exp6"}

// reduce is expReduce. It returns n as a float, the sum t whose low bits are n, and p.
func (f *form) reduce(x Op) (n, t, p Op) {
	t = f.fma(x, f.c("log2e"), f.c("magic"))
	n = f.sub(t, f.c("magic"))
	r := f.copy(x)
	VFNMADD231PS(f.c("ln2Hi"), n, r)
	VFNMADD231PS(f.c("ln2Lo"), n, r)
	p = f.copy(f.c("exp6"))
	f.horner(p, r, "exp5", "exp4", "exp3", "exp2")
	VFMADD213PS(r, f.mul(r, r), p)
	return n, t, p
}

// power2 returns 2^n for an integer n.
func (f *form) power2(n Op) Op { return f.left(f.addInt(n, f.c("bias")), 23) }

// exp is exp32 for x within [expMin, expMax]. The AVX-512 instruction that scales
// by 2^n rounds once, as the two multiplications of AVX2 do.
func (f *form) exp(x Op) Op {
	n, t, p := f.reduce(x)
	VADDPS(f.c("one"), p, p)
	if f.avx512 {
		VSCALEFPS(n, p, p)
		return p
	}
	i := f.subInt(t, f.c("magic"))
	half := f.rightSigned(i, 1)
	VMULPS(f.power2(half), p, p)
	VMULPS(f.power2(f.subInt(i, half)), p, p)
	return p
}

// sigmoid is sigmoid32.
func (f *form) sigmoid(x Op) Op {
	e := f.exp(f.atLeast(f.c("expMin"), f.or(x, f.c("sign"))))
	one := f.c("one")
	return f.div(f.blend(f.negative(x), e, one), f.add(one, e))
}

// tanh is tanh32.
func (f *form) tanh(x Op) Op {
	z := f.or(x, f.c("sign"))
	VADDPS(z, z, z)
	n, t, m := f.reduce(f.atLeast(f.c("tanhMin"), z))
	var s Op
	if f.avx512 {
		s = f.reg()
		VSCALEFPS(n, f.c("one"), s)
	} else {
		s = f.power2(f.subInt(t, f.c("magic")))
	}
	VFMADD213PS(f.sub(s, f.c("one")), s, m)
	y := f.div(m, f.add(f.c("two"), m))
	sign := f.c("sign")
	return f.or(f.andNot(sign, y), f.and(x, sign))
}

// log is log32.
func (f *form) log(x Op) Op {
	small := f.cmp(below, x, f.c("smallest"))
	u := f.blend(small, f.mul(x, f.c("scale")), x)
	none := f.reg()
	f.zero(none)
	e := f.blend(small, f.c("-23"), none)
	k := f.rightSigned(f.subInt(u, f.c("sqrtHalf")), 23)
	whole := f.reg()
	VCVTDQ2PS(k, whole)
	VADDPS(whole, e, e)
	r := f.sub(f.subInt(u, f.left(k, 23)), f.c("one"))
	z := f.mul(r, r)
	y := f.copy(f.c("log9"))
	f.horner(y, r, "log8", "log7", "log6", "log5", "log4", "log3", "log2", "log1")
	VMULPS(r, y, y)
	VMULPS(z, y, y)
	VFMADD231PS(f.c("ln2Lo"), e, y)
	VFNMADD231PS(f.c("half"), z, y)
	VADDPS(r, y, y)
	VFMADD231PS(f.c("ln2Hi"), e, y)
	y = f.blend(f.cmp(above, x, f.c("max")), x, y)
	y = f.blend(f.cmp(notAbove, x, none), f.c("nan"), y)
	return f.blend(f.cmp(equal, x, none), f.c("-inf"), y)
}

func (f *form) functions() {
	for _, fn := range []struct {
		name      string
		of        func(Op) Op
		constants []string
	}{
		{"exp", func(x Op) Op { return f.exp(f.atMost(f.c("expMax"), f.atLeast(f.c("expMin"), x))) },
			append([]string{"expMin", "expMax"}, expConstants...)},
		{"sigmoid", f.sigmoid, append([]string{"expMin", "sign"}, expConstants...)},
		{"tanh", f.tanh, append([]string{"tanhMin", "sign", "two"}, expConstants...)},
		{"log", f.log, []string{"sqrtHalf", "one", "log9", "log8", "log7", "log6", "log5", "log4", "log3", "log2", "log1",
			"ln2Lo", "half", "ln2Hi"}},
	} {
		f.function(fn.name, "dst, x *float32, n int)", "is "+fn.name+"Go over n elements.")
		dst, x, n := pointer("dst"), pointer("x"), pointer("n")
		f.hold(fn.constants...)
		f.each(n, func(at func(reg.Register) Mem) {
			f.store(fn.of(f.load(at(x))), at(dst))
		})
		end()
	}
}

// softmax uses 16 lanes in either form: with AVX2, two registers.
func (f *form) softmax() {
	f.function("softmax", "p, x *float32, n int) (top, sum float32)", "is softmaxGo over n elements, at least 1.")
	x, p := pointer("x"), pointer("p")
	f.hold(append([]string{"expMin"}, expConstants...)...)
	parts := 16 / f.width
	masks := make([]Op, parts)
	acc := make([]Op, parts)

	// pass emits a loop that runs body over x, 16 elements at a time, then over
	// the remaining elements with masks.
	pass := func(label string, body func(part, offset int)) {
		n := pointer("n")
		SUBQ(Imm(16), n)
		JL(LabelRef(label + "Tail"))
		Label(label + "Loop")
		for i := range parts {
			body(i, 4*f.width*i)
		}
		ADDQ(Imm(64), x)
		ADDQ(Imm(64), p)
		SUBQ(Imm(16), n)
		JGE(LabelRef(label + "Loop"))
		Label(label + "Tail")
		ADDQ(Imm(16), n)
		JZ(LabelRef(label + "Done"))
		table := GP64()
		LEAQ(f.numbers["mask0"], table)
		NEGQ(n)
		for i := range parts {
			masks[i] = f.readMask(Mem{Base: table, Index: n, Scale: 4, Disp: 64 + 4*f.width*i})
		}
		for i := range parts {
			f.mask = masks[i]
			body(i, 4*f.width*i)
			f.mask = nil
		}
		Label(label + "Done")
	}
	// fold reduces the lanes in a tree and returns the register whose first lane has the result.
	fold := func(op func(a, b, d Op)) Op {
		var y Op
		if f.avx512 {
			y = YMM()
			VEXTRACTF64X4(Imm(1), acc[0], y)
			op(y, acc[0].(reg.VecVirtual).AsY(), y)
		} else {
			y = acc[0]
			op(acc[1], y, y)
		}
		x := XMM()
		VEXTRACTF128(Imm(1), y, x)
		op(y.(reg.VecVirtual).AsX(), x, x)
		t := XMM()
		VPSHUFD(Imm(0x4e), x, t)
		op(t, x, x)
		VPSHUFD(Imm(0xb1), x, t)
		op(t, x, x)
		return x
	}

	for i := range acc {
		acc[i] = f.copy(f.c("-inf"))
	}
	pass("top", func(part, offset int) {
		v := f.load(Mem{Base: x, Disp: offset})
		if f.mask != nil {
			v = f.blend(f.mask, v, f.c("-inf"))
		}
		VMAXPS(acc[part], v, acc[part]) // a NaN in v leaves acc unchanged
	})
	top := f.reg()
	first := fold(func(a, b, d Op) { VMAXPS(a, b, d) })
	Store(first.(reg.Register), Return("top"))
	VBROADCASTSS(first, top)

	Load(Param("x"), x)
	Load(Param("p"), p)
	for i := range acc {
		acc[i] = f.reg()
		f.zero(acc[i])
	}
	pass("sum", func(part, offset int) {
		v := f.sub(f.load(Mem{Base: x, Disp: offset}), top)
		e := f.exp(f.atLeast(f.c("expMin"), v))
		f.store(e, Mem{Base: p, Disp: offset})
		switch {
		case f.mask == nil:
			VADDPS(e, acc[part], acc[part])
		case f.avx512:
			VADDPS(e, acc[part], f.mask, acc[part])
		default:
			VADDPS(f.and(e, f.mask), acc[part], acc[part])
		}
	})
	sum := fold(func(a, b, d Op) { VADDPS(a, b, d) })
	Store(sum.(reg.Register), Return("sum"))
	end()
}

func (f *form) cellForward() {
	f.function("cellForward", "gates *float32, stride int, cPrev, c, tanhC, h *float32, n int)",
		"is cellForwardGo over n units.")
	i, stride := pointer("gates"), pointer("stride")
	cPrev, c, tanhC, h, n := pointer("cPrev"), pointer("c"), pointer("tanhC"), pointer("h"), pointer("n")
	f.hold(append([]string{"expMin", "tanhMin", "sign", "two"}, expConstants...)...)
	fg, g, o := f.gates(i, stride)
	f.each(n, func(at func(reg.Register) Mem) {
		vi := f.sigmoid(f.load(at(i)))
		f.store(vi, at(i))
		vg := f.tanh(f.load(at(g)))
		f.store(vg, at(g))
		ig := f.mul(vi, vg)
		vf := f.sigmoid(f.load(at(fg)))
		f.store(vf, at(fg))
		vc := f.fma(vf, f.load(at(cPrev)), ig)
		f.store(vc, at(c))
		t := f.tanh(vc)
		f.store(t, at(tanhC))
		vo := f.sigmoid(f.load(at(o)))
		f.store(vo, at(o))
		f.store(f.mul(vo, t), at(h))
	})
	end()
}

// gates returns the addresses of the gates f, g and o, computed from that of i.
func (f *form) gates(i, stride reg.Register) (fg, g, o reg.Register) {
	fg, g, o = GP64(), GP64(), GP64()
	LEAQ(Mem{Base: i, Index: stride, Scale: 4}, fg)
	LEAQ(Mem{Base: fg, Index: stride, Scale: 4}, g)
	LEAQ(Mem{Base: g, Index: stride, Scale: 4}, o)
	return
}

func (f *form) cellBackward() {
	f.function("cellBackward", "dGates, gates *float32, stride int, cPrev, tanhC, dh, dc *float32, n int)",
		"is cellBackwardGo over n units.")
	di, i, stride := pointer("dGates"), pointer("gates"), pointer("stride")
	cPrev, tanhC, dh, dc, n := pointer("cPrev"), pointer("tanhC"), pointer("dh"), pointer("dc"), pointer("n")
	SHLQ(Imm(2), stride)
	triple := GP64()
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, triple)
	gate := func(base reg.Register, q int) Mem {
		return []Mem{
			{Base: base}, {Base: base, Index: stride, Scale: 1},
			{Base: base, Index: stride, Scale: 2}, {Base: base, Index: triple, Scale: 1},
		}[q]
	}
	f.hold("one")
	f.each(n, func(at func(reg.Register) Mem) {
		one := f.c("one")
		pi, pd := GP64(), GP64()
		LEAQ(at(i), pi)
		LEAQ(at(di), pd)
		vi, vf, vg, vo := f.load(gate(pi, 0)), f.load(gate(pi, 1)), f.load(gate(pi, 2)), f.load(gate(pi, 3))
		t, h := f.load(at(tanhC)), f.load(at(dh))
		d := f.fma(f.mul(h, vo), f.fnma(t, t, one), f.load(at(dc)))
		f.store(f.mul(d, vf), at(dc))
		f.store(f.mul(f.mul(h, t), f.fnma(vo, vo, vo)), gate(pd, 3))
		f.store(f.mul(f.mul(d, vg), f.fnma(vi, vi, vi)), gate(pd, 0))
		f.store(f.mul(f.mul(d, f.load(at(cPrev))), f.fnma(vf, vf, vf)), gate(pd, 1))
		f.store(f.mul(f.mul(d, vi), f.fnma(vg, vg, one)), gate(pd, 2))
	})
	end()
}

// upper is bf16: it returns the rounded upper half of each element, shifted to the lower half.
func (f *form) upper(u Op) Op {
	odd := f.and(f.right(u, 16), f.c("lowbit"))
	r := f.right(f.addInt(f.addInt(u, f.c("round")), odd), 16)
	return f.blend(f.cmp(unknown, u, u), f.or(f.right(u, 16), f.c("quiet")), r)
}

func (f *form) bf16() {
	constants := []string{"lowbit", "round", "quiet"}
	f.function("roundBF16", "x *float32, n int)", "is roundBF16Go over n elements.")
	x, n := pointer("x"), pointer("n")
	f.hold(constants...)
	f.each(n, func(at func(reg.Register) Mem) {
		f.store(f.left(f.upper(f.load(at(x))), 16), at(x))
	})
	end()

	f.function("split", "p, before, rest, added *float32, n int)", "is splitGo over n elements.")
	p, before, rest, added, n := pointer("p"), pointer("before"), pointer("rest"), pointer("added"), pointer("n")
	f.hold(constants...)
	f.each(n, func(at func(reg.Register) Mem) {
		goal, was := f.load(at(p)), f.load(at(before))
		a := f.left(f.upper(f.sub(goal, was)), 16)
		is := f.add(was, a)
		f.store(is, at(p))
		f.store(f.sub(goal, is), at(rest))
		f.store(a, at(added))
	})
	end()

	f.function("toBF16", "dst *byte, x *float32, n int)",
		"is toBF16Go over n elements, a multiple of 16 and at least that.")
	dst, x, n := pointer("dst"), pointer("x"), pointer("n")
	f.hold(constants...)
	Label("loop")
	v := f.upper(f.load(Mem{Base: x}))
	if f.avx512 {
		VPMOVDW(v, Mem{Base: dst})
	} else {
		VPACKUSDW(v, v, v)
		VPERMQ(Imm(0x08), v, v)
		VMOVDQU(v.(reg.VecVirtual).AsX(), Mem{Base: dst})
	}
	ADDQ(Imm(uint64(4*f.width)), x)
	ADDQ(Imm(uint64(2*f.width)), dst)
	SUBQ(Imm(uint64(f.width)), n)
	JNZ(LabelRef("loop"))
	end()

	f.function("fromBF16", "dst *float32, src *byte, n int)",
		"is fromBF16Go over n elements, a multiple of 16 and at least that.")
	dst, src, n := pointer("dst"), pointer("src"), pointer("n")
	Label("loop")
	v = f.reg()
	VPMOVZXWD(Mem{Base: src}, v)
	f.store(f.left(v, 16), Mem{Base: dst})
	ADDQ(Imm(uint64(2*f.width)), src)
	ADDQ(Imm(uint64(4*f.width)), dst)
	SUBQ(Imm(uint64(f.width)), n)
	JNZ(LabelRef("loop"))
	end()
}

func (f *form) adam() {
	f.function("adam", "p, m, v, grad *float32, n int, o *float32)",
		"is adamGo over n elements; o points to the first field of an AdamStep.")
	p, m, v, g, n, o := pointer("p"), pointer("m"), pointer("v"), pointer("grad"), pointer("n"), pointer("o")
	names := []string{"Beta1", "OneMinusBeta1", "Beta2", "OneMinusBeta2", "StepSize", "InvSqrtBias2", "Eps", "ScaleG",
		"WeightDecay", "DecoupledDecay"}
	for i, name := range names { // as declared in AdamStep
		f.numbers[name] = Mem{Base: o, Disp: 4 * i}
	}
	f.hold(names...)
	f.each(n, func(at func(reg.Register) Mem) {
		w := f.load(at(p))
		d := f.fma(f.c("WeightDecay"), w, f.mul(f.load(at(g)), f.c("ScaleG")))
		w = f.fnma(f.c("DecoupledDecay"), w, w)
		m1 := f.fma(f.c("Beta1"), f.load(at(m)), f.mul(f.c("OneMinusBeta1"), d))
		v1 := f.fma(f.c("Beta2"), f.load(at(v)), f.mul(f.mul(f.c("OneMinusBeta2"), d), d))
		f.store(m1, at(m))
		f.store(v1, at(v))
		root := f.reg()
		VSQRTPS(v1, root)
		den := f.fma(root, f.c("InvSqrtBias2"), f.c("Eps"))
		f.store(f.fnma(f.c("StepSize"), f.div(m1, den), w), at(p))
	})
	end()
}

// transpose moves 8 by 8 elements at a time. Both forms use the AVX2 version:
// memory is the limit, so AVX-512 would not be faster.
func (f *form) transpose() {
	f.function("transpose", "dst, w *float32, ldw, k int)",
		"writes 8 rows of w, k elements each, as columns of a panel; k is a multiple of 8 and at least that:",
		"", "\tdst[l*32+r] = w[r*ldw+l]")
	dst, w, ldw, k := pointer("dst"), pointer("w"), pointer("ldw"), pointer("k")
	SHLQ(Imm(2), ldw)
	triple, lower := GP64(), GP64()
	LEAQ(Mem{Base: ldw, Index: ldw, Scale: 2}, triple)
	Label("loop")
	LEAQ(Mem{Base: w, Index: ldw, Scale: 4}, lower)
	rows := make([]Op, 8)
	for r := range rows {
		base := []reg.Register{w, lower}[r/4]
		rows[r] = f.load([]Mem{
			{Base: base}, {Base: base, Index: ldw, Scale: 1},
			{Base: base, Index: ldw, Scale: 2}, {Base: base, Index: triple, Scale: 1},
		}[r%4])
	}
	// Interleave pairs of elements, then groups of four, then halves of the registers.
	pairs := make([]Op, 8)
	for r := 0; r < 8; r += 2 {
		pairs[r], pairs[r+1] = f.reg(), f.reg()
		VUNPCKLPS(rows[r+1], rows[r], pairs[r])
		VUNPCKHPS(rows[r+1], rows[r], pairs[r+1])
	}
	fours := make([]Op, 8) // of rows 0-3, then 4-7: columns l and l+4
	for h := 0; h < 8; h += 4 {
		for l := range 4 {
			fours[h+l] = f.reg()
			VSHUFPS(Imm([]uint64{0x44, 0xee}[l%2]), pairs[h+2+l/2], pairs[h+l/2], fours[h+l])
		}
	}
	for l := range 8 {
		d := f.reg()
		VPERM2F128(Imm([]uint64{0x20, 0x31}[l/4]), fours[4+l%4], fours[l%4], d)
		VMOVUPS(d, Mem{Base: dst, Disp: 4 * panel * l})
	}
	ADDQ(Imm(32), w)
	ADDQ(U32(4*panel*8), dst)
	SUBQ(Imm(8), k)
	JNZ(LabelRef("loop"))
	end()
}
