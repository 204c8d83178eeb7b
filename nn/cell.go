package nn

import "braid/internal/kernel"

// One layer of an LSTM in one direction. The reverse direction runs in the mirrored layout: its
// inputs are gathered so that step t holds step L-1-t of each sequence. The mirrored layout has
// the same lengths, so that all offsets equal those of the layout.

// cellPacked is a direction's parameters in the order that the four products read them.
type cellPacked struct {
	in, hidden int
	inputs     kernel.Packed // W_ihᵀ (D, 4H): forward
	states     kernel.Packed // W_hhᵀ (H, 4H): forward
	inputsBack kernel.Packed // W_ih (4H, D): backward
	statesBack kernel.Packed // W_hh (4H, H): backward
	bias       []float32     // b_ih + b_hh
}

// Pieces of pack: those that forward needs come first.
const (
	forwardPieces = 2
	cellPieces    = 4
)

// pack fills one of the four products; pieces share no memory.
func (p *cellPacked) pack(piece int, params []Param, in, hidden int) {
	gates := 4 * hidden
	ih, hh, bih, bhh := params[0].Data, params[1].Data, params[2].Data, params[3].Data
	mustBe(params[0].Name, ih, gates, in)
	mustBe(params[1].Name, hh, gates, hidden)
	switch piece {
	case 0:
		mustBe(params[2].Name, bih, gates, 1)
		mustBe(params[3].Name, bhh, gates, 1)
		p.in, p.hidden = in, hidden
		p.bias = append(p.bias[:0], bih...)
		kernel.AddTo(p.bias, bhh)
		p.inputs.PackTranspose(ih, gates, in, in)
	case 1:
		p.states.PackTranspose(hh, gates, hidden, hidden)
	case 2:
		p.inputsBack.Pack(ih, gates, in, in)
	case 3:
		p.statesBack.Pack(hh, gates, hidden, hidden)
	}
}

// cellState is a direction's activations and gradients.
type cellState struct {
	in, hidden int
	x          []float32 // (N, D) inputs: the caller's, or mirrored
	h          []float32 // hidden states that the products read, ld apart: the layer's, mirrored, or dropped
	ld         int
	gates      []float32 // (N, 4H) i f g o after their functions
	c, tanhC   []float32 // (N, H)
	dGates     []float32 // (N, 4H) gradient before the functions; in the memory of gates unless repeatable

	masks   []float32 // (B, H) dropout of the states that the next step reads; empty: none
	dropped []float32 // (N, H) states after this dropout; rows of last steps have no meaning

	mirroredX, mirroredH, mirroredDX, repeated []float32
}

// cellWork is memory that no result needs later: one for all layers and directions.
type cellWork struct {
	dh, dc []float32 // (B, H)
	dState []float32 // (B, H) gradient of dropped states
	dy     []float32 // (N, H) mirrored
}

// forward computes h (N, H), rows ld apart. If keep is false, the gates of a window and the cells of
// a step overwrite those before them.
func (s *cellState) forward(p *cellPacked, l *Layout, x, h []float32, ld int, keep bool) {
	hidden, gates := p.hidden, 4*p.hidden
	s.in, s.hidden, s.x, s.h, s.ld = p.in, hidden, x, h, ld
	if len(s.masks) > 0 {
		s.dropped = resize(s.dropped, l.N()*hidden)
		s.h, s.ld = s.dropped, hidden
	}
	s.makeRoom(l, keep)
	projected, first := 0, 0 // number of rows whose inputs are projected; first row of gates
	for t := range l.T() {
		at, active := int(l.Off[t]), int(l.Off[t+1]-l.Off[t])
		if at == projected {
			projected = int(l.Off[l.window(t)])
			if !keep {
				first = at
			}
			window := s.gates[(at-first)*gates : (projected-first)*gates]
			for r := range projected - at {
				copy(window[r*gates:], p.bias)
			}
			kernel.MatMul(window, gates, x[at*p.in:], p.in, projected-at, &p.inputs, true)
		}
		z, cells := s.gates[(at-first)*gates:], 0
		if keep {
			cells = at * hidden
		}
		var before []float32
		if t > 0 {
			last := int(l.Off[t-1])
			kernel.MatMul(z, gates, s.h[last*s.ld:], s.ld, active, &p.states, true)
			if before = s.c; keep {
				before = s.c[last*hidden:]
			}
		}
		kernel.CellForward(z, gates, before, hidden, s.c[cells:], s.tanhC[cells:], hidden, h[at*ld:], ld, active, hidden)
		if len(s.masks) > 0 && t+1 < l.T() {
			s.dropStates(at, int(l.Off[t+2]-l.Off[t+1]), h, ld)
		}
	}
}

// dropStates writes the states of the rows from at, of n sequences, after dropout.
func (s *cellState) dropStates(at, n int, h []float32, ld int) {
	for i := range n {
		state, mask := h[(at+i)*ld:][:s.hidden], s.masks[i*s.hidden:][:s.hidden]
		for j, m := range mask {
			s.dropped[(at+i)*s.hidden+j] = state[j] * m
		}
	}
}

// makeRoom makes room for all rows, or for the largest window and step if keep is false.
func (s *cellState) makeRoom(l *Layout, keep bool) {
	rows, cells := l.N(), l.N()
	if !keep {
		rows, cells = 0, l.B()
		for t := 0; t < l.T(); {
			end := l.window(t)
			rows = max(rows, int(l.Off[end]-l.Off[t]))
			t = end
		}
	}
	s.gates = resize(s.gates, rows*4*s.hidden)
	s.c, s.tanhC = resize(s.c, cells*s.hidden), resize(s.tanhC, cells*s.hidden)
}

// forwardMirrored is forward with time reversed.
func (s *cellState) forwardMirrored(p *cellPacked, l *Layout, x, h []float32, ld int, keep bool) {
	s.mirroredX, s.mirroredH = resize(s.mirroredX, l.N()*p.in), resize(s.mirroredH, l.N()*p.hidden)
	gatherRows(s.mirroredX, x, l.Reverse, p.in)
	s.forward(p, l, s.mirroredX, s.mirroredH, p.hidden, keep)
	for r, from := range l.Reverse {
		copy(h[r*ld:r*ld+p.hidden], s.mirroredH[int(from)*p.hidden:])
	}
}

// backward runs from the last step to the first. At step t, dh is dy plus, for the sequences that
// reach step t+1, the gradient of step t+1 through W_hh. Sequences that end at t start with dc = 0.
func (s *cellState) backward(p *cellPacked, l *Layout, dy, dx []float32, ld int, w *cellWork, repeatable bool) {
	hidden, gates := p.hidden, 4*p.hidden
	s.dGates = s.gates
	if repeatable {
		s.repeated = resize(s.repeated, len(s.gates))
		s.dGates = s.repeated
	}
	w.dh, w.dc = resize(w.dh, l.B()*hidden), resize(w.dc, l.B()*hidden)
	clear(w.dc)
	end := l.N()
	for t := l.T() - 1; t >= 0; t-- {
		at, active := int(l.Off[t]), int(l.Off[t+1]-l.Off[t])
		for i := range active {
			copy(w.dh[i*hidden:(i+1)*hidden], dy[(at+i)*ld:])
		}
		if t+1 < l.T() {
			next := int(l.Off[t+1])
			s.addStates(p, w, s.dGates[next*gates:], int(l.Off[t+2])-next)
		}
		var before []float32
		if t > 0 {
			before = s.c[int(l.Off[t-1])*hidden:]
		}
		kernel.CellBackward(s.dGates[at*gates:], gates, s.gates[at*gates:], gates, before, hidden,
			s.tanhC[at*hidden:], hidden, w.dh, hidden, w.dc, hidden, active, hidden)
		if end-at >= windowRows || t == 0 {
			kernel.MatMul(dx[at*p.in:], p.in, s.dGates[at*gates:], gates, end-at, &p.inputsBack, false)
			end = at
		}
	}
}

// addStates adds to w.dh the gradient of n states through W_hh and, if there is any, through their
// dropout. dGates is that of the step after the states.
func (s *cellState) addStates(p *cellPacked, w *cellWork, dGates []float32, n int) {
	if len(s.masks) == 0 {
		kernel.MatMul(w.dh, p.hidden, dGates, 4*p.hidden, n, &p.statesBack, true)
		return
	}
	w.dState = resize(w.dState, n*p.hidden)
	kernel.MatMul(w.dState, p.hidden, dGates, 4*p.hidden, n, &p.statesBack, false)
	for i, d := range w.dState {
		w.dh[i] += float32(d * s.masks[i])
	}
}

// backwardMirrored is backward with time reversed. It adds to dx.
func (s *cellState) backwardMirrored(p *cellPacked, l *Layout, dy, dx []float32, ld int, w *cellWork, repeatable bool) {
	w.dy, s.mirroredDX = resize(w.dy, l.N()*p.hidden), resize(s.mirroredDX, l.N()*p.in)
	for r, from := range l.Reverse {
		copy(w.dy[r*p.hidden:(r+1)*p.hidden], dy[int(from)*ld:])
	}
	s.backward(p, l, w.dy, s.mirroredDX, p.hidden, w, repeatable)
	for r, from := range l.Reverse {
		kernel.AddTo(dx[r*p.in:(r+1)*p.in], s.mirroredDX[int(from)*p.in:][:p.in])
	}
}
