package kernel

// zeros is used in place of a nil cPrev.
var zeros [4096]float32

// CellForward runs the pointwise half of an LSTM step for m sequences.
//
//	gates (m, 4H)  in: pre-activations in order i, f, g, o; out: activations
//	cPrev (m, H)   cell states of the previous step; nil means zeros
//	c     (m, H)   out: f·cPrev + i·g; may be cPrev
//	tanhC (m, H)   out: tanh(c); rows ldc apart, like c
//	h     (m, H)   out: o·tanh(c)
//
// Source: Hochreiter and Schmidhuber 1997; Gers et al. 2000 (forget gate).
func CellForward(
	gates []float32, ldg int, cPrev []float32, ldp int,
	c, tanhC []float32, ldc int, h []float32, ldh int, m, H int,
) {
	checkMatrix("CellForward: gates", gates, m, 4*H, ldg)
	checkMatrix("CellForward: c", c, m, H, ldc)
	checkMatrix("CellForward: tanhC", tanhC, m, H, ldc)
	checkMatrix("CellForward: h", h, m, H, ldh)
	if cPrev != nil {
		checkMatrix("CellForward: cPrev", cPrev, m, H, ldp)
	}
	for r := 0; r < m; r++ {
		g := gates[r*ldg : r*ldg+4*H]
		for j, w := 0, 0; j < H; j += w {
			w = H - j
			prev := zeros[:]
			if cPrev != nil {
				prev = cPrev[r*ldp+j:]
			} else {
				w = min(w, len(zeros))
			}
			active.cellForward(g[j:], H, prev[:w],
				c[r*ldc+j:r*ldc+j+w], tanhC[r*ldc+j:r*ldc+j+w], h[r*ldh+j:r*ldh+j+w])
		}
	}
}

// CellBackward is the gradient of CellForward.
//
//	dGates (m, 4H)  out: gradient of the pre-activations; may be gates
//	gates  (m, 4H)  activations left by CellForward
//	cPrev  (m, H)   as given to CellForward; nil means zeros
//	tanhC  (m, H)   left by CellForward
//	dh     (m, H)   gradient of h
//	dc     (m, H)   in: gradient of c through the next step; out: gradient of cPrev
func CellBackward(
	dGates []float32, ldd int, gates []float32, ldg int, cPrev []float32, ldp int,
	tanhC []float32, ldc int, dh []float32, ldh int, dc []float32, lddc int, m, H int,
) {
	checkMatrix("CellBackward: dGates", dGates, m, 4*H, ldd)
	checkMatrix("CellBackward: gates", gates, m, 4*H, ldg)
	checkMatrix("CellBackward: tanhC", tanhC, m, H, ldc)
	checkMatrix("CellBackward: dh", dh, m, H, ldh)
	checkMatrix("CellBackward: dc", dc, m, H, lddc)
	if cPrev != nil {
		checkMatrix("CellBackward: cPrev", cPrev, m, H, ldp)
	}
	for r := 0; r < m; r++ {
		d := dGates[r*ldd : r*ldd+4*H]
		g := gates[r*ldg : r*ldg+4*H]
		for j, w := 0, 0; j < H; j += w {
			w = H - j
			prev := zeros[:]
			if cPrev != nil {
				prev = cPrev[r*ldp+j:]
			} else {
				w = min(w, len(zeros))
			}
			active.cellBackward(d[j:], g[j:], H, prev[:w],
				tanhC[r*ldc+j:r*ldc+j+w], dh[r*ldh+j:r*ldh+j+w], dc[r*lddc+j:r*lddc+j+w])
		}
	}
}

// cellForwardGo computes len(h) units of one row. Gate q of unit j is at
// gates[q*stride+j].
func cellForwardGo(gates []float32, stride int, cPrev, c, tanhC, h []float32) {
	i, f, g, o := gates, gates[stride:], gates[2*stride:], gates[3*stride:]
	for j := range h {
		vi, vf, vg, vo := sigmoid32(i[j]), sigmoid32(f[j]), tanh32(g[j]), sigmoid32(o[j])
		vc := fma32(vf, cPrev[j], float32(vi*vg))
		t := tanh32(vc)
		i[j], f[j], g[j], o[j] = vi, vf, vg, vo
		c[j], tanhC[j], h[j] = vc, t, float32(vo*t)
	}
}

// cellBackwardGo computes len(dc) units of one row.
func cellBackwardGo(dGates, gates []float32, stride int, cPrev, tanhC, dh, dc []float32) {
	i, f, g, o := gates, gates[stride:], gates[2*stride:], gates[3*stride:]
	di, df, dg, do := dGates, dGates[stride:], dGates[2*stride:], dGates[3*stride:]
	for j := range dc {
		vi, vf, vg, vo, t := i[j], f[j], g[j], o[j], tanhC[j]
		d := fma32(float32(dh[j]*vo), fma32(-t, t, 1), dc[j])
		vdo := float32(dh[j]*t) * fma32(-vo, vo, vo)
		vdi := float32(d*vg) * fma32(-vi, vi, vi)
		vdf := float32(d*cPrev[j]) * fma32(-vf, vf, vf)
		vdg := float32(d*vi) * fma32(-vg, vg, 1)
		di[j], df[j], dg[j], do[j], dc[j] = vdi, vdf, vdg, vdo, float32(d*vf)
	}
}
