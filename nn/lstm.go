package nn

import "fmt"

// LSTM is one or more layers of one or two directions, as torch.nn.LSTM: gate order
// i, f, g, o; two biases; initial states 0.
//
//	z = x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh
//	c = σ(f)·c + σ(i)·tanh(g),  h = σ(o)·tanh(c)
//
// Layer k > 0 reads both directions of layer k-1 side by side. Dropout is applied to the output of
// every layer, the last one included. (torch.nn.LSTM leaves out the last one.) Recurrent dropout is
// applied to h where it enters the product with W_hh, with one mask per sequence and direction;
// the output is h without it.
//
// Source: Hochreiter and Schmidhuber 1997; Gers et al. 2000 (forget gate); Graves and
// Schmidhuber 2005 (both directions); Gal and Ghahramani 2016 (recurrent dropout).
type LSTM struct {
	In, Hidden, Layers int
	Bidirectional      bool
	Dropout            float32
	Locked             bool    // Dropout has one mask per sequence
	Recurrent          float32 // dropout of the states; 0: off
	Place              uint8   // of layer 0's dropout; layer k's is Place+k

	// First is the number of layers below, in names and places: the layers are First to First+Layers-1
	// of a stack whose lower layers are another LSTM. In is then the width of the lower layers' output.
	First int
}

// recurrentPlaces is the distance from Place to the place of the recurrent dropout of the first direction.
const recurrentPlaces = 64

// Directions is 1 or 2.
func (m *LSTM) Directions() int {
	if m.Bidirectional {
		return 2
	}
	return 1
}

// Out is the width of the output: H a direction, forward first.
func (m *LSTM) Out() int { return m.Hidden * m.Directions() }

// in is the width of a layer's input.
func (m *LSTM) in(layer int) int {
	if layer == 0 {
		return m.In
	}
	return m.Out()
}

// Specs lists the parameters in the order of torch: by layer, then direction, weight_ih (4H, D),
// weight_hh (4H, H), bias_ih (4H), bias_hh (4H). All start at U(±1/√H).
func (m *LSTM) Specs() []Spec {
	var specs []Spec
	start, gates := FanIn(m.Hidden), 4*m.Hidden
	for layer := range m.Layers {
		for d := range m.Directions() {
			suffix := fmt.Sprintf("_l%d", m.First+layer)
			if d == 1 {
				suffix += "_reverse"
			}
			specs = append(specs,
				Spec{"weight_ih" + suffix, []int{gates, m.in(layer)}, start},
				Spec{"weight_hh" + suffix, []int{gates, m.Hidden}, start},
				Spec{"bias_ih" + suffix, []int{gates}, start},
				Spec{"bias_hh" + suffix, []int{gates}, start})
		}
	}
	return specs
}

// LSTMPacked is one version of the parameters in the order that products read them.
// Read-only once packed, for any number of goroutines.
type LSTMPacked struct {
	cells  []cellPacked // layer*Directions + direction
	pieces int          // of a cell
}

// Pack makes p hold the current values of params, which are as Specs lists them. Backward needs
// backward set. Allocates only where p has not held this shape before.
func (m *LSTM) Pack(p *LSTMPacked, params []Param, backward bool) {
	for piece := range m.PackPieces(p, backward) {
		m.PackPiece(p, params, piece)
	}
}

// PackPieces makes room in p and returns the number of pieces that packing consists of.
// Goroutines may share the pieces; each calls PackPiece for its own. Backward needs backward set.
func (m *LSTM) PackPieces(p *LSTMPacked, backward bool) int {
	if n := m.Layers * m.Directions(); len(p.cells) != n {
		p.cells = make([]cellPacked, n)
	}
	p.pieces = forwardPieces
	if backward {
		p.pieces = cellPieces
	}
	return len(p.cells) * p.pieces
}

// PackPiece packs one piece.
func (m *LSTM) PackPiece(p *LSTMPacked, params []Param, piece int) {
	i := piece / p.pieces
	if len(params) != 4*len(p.cells) {
		panic(fmt.Sprintf("nn: LSTM with %d parameters, want %d", len(params), 4*len(p.cells)))
	}
	p.cells[i].pack(piece%p.pieces, params[4*i:4*i+4], m.in(i/m.Directions()), m.Hidden)
}

// LSTMState is the memory of one goroutine: activations of the last Forward, gradients of the last
// Backward. It has about (7H + D) numbers per row, layer and direction, and H more with recurrent
// dropout.
type LSTMState struct {
	// Repeatable allows more than one Backward after a Forward. It takes 4H numbers more per row,
	// layer and direction. Set it before Forward.
	Repeatable bool

	// ForwardOnly forbids Backward: gates and cells, 6H numbers per row, layer and direction, are
	// not kept. The hidden states are the same. Set it before Forward.
	ForwardOnly bool

	layout *Layout
	masks  *Masks
	cells  []cellState // layer*Directions + direction
	layers []layerState
	dy     []float32 // a layer's dy behind its dropout
	work   cellWork
	grad   gradMemory
}

// layerState is the memory of both directions of a layer.
type layerState struct {
	h  []float32 // (N, Out) hidden states, directions side by side
	y  []float32 // h after dropout, if there is any
	dx []float32 // (N, in)
}

// Forward runs all layers over a block.
//
//	x (N, D)    time-major, longest first; read again by WriteRange
//	y (N, Out)  hidden states; owned by s, valid until its next Forward
//
// Panics if x is not (N, D). Allocates nothing once s has grown.
func (m *LSTM) Forward(s *LSTMState, p *LSTMPacked, l *Layout, x []float32, masks *Masks) (y []float32) {
	mustBe("LSTM's x", x, l.N(), m.In)
	s.layout, s.masks = l, masks
	s.cells = resize(s.cells, m.Layers*m.Directions())
	s.layers = resize(s.layers, m.Layers)
	for i := range s.cells {
		d := Dropout{P: m.Recurrent, Place: m.Place + recurrentPlaces + uint8(m.First*m.Directions()+i)}
		s.cells[i].masks = d.AppendMasks(s.cells[i].masks[:0], l, m.Hidden, masks)
	}
	for layer := range m.Layers {
		x = m.forwardLayer(s, p, layer, x)
	}
	return x
}

func (m *LSTM) forwardLayer(s *LSTMState, p *LSTMPacked, layer int, x []float32) []float32 {
	l, dirs, out := s.layout, m.Directions(), &s.layers[layer]
	out.h = resize(out.h, l.N()*m.Out())
	i := layer * dirs
	s.cells[i].forward(&p.cells[i], l, x, out.h, m.Out(), !s.ForwardOnly)
	if dirs == 2 {
		s.cells[i+1].forwardMirrored(&p.cells[i+1], l, x, column(out.h, m.Hidden), m.Out(), !s.ForwardOnly)
	}
	if !m.drops(s) {
		return out.h
	}
	out.y = resize(out.y, len(out.h))
	m.dropout(layer).Apply(out.y, out.h, l, m.Out(), s.masks)
	return out.y
}

func (m *LSTM) drops(s *LSTMState) bool { return s.masks != nil && m.Dropout > 0 }

func (m *LSTM) dropout(layer int) Dropout {
	return Dropout{P: m.Dropout, Place: m.Place + uint8(m.First+layer), Locked: m.Locked}
}

// Backward returns the gradient of the last Forward's x and keeps what WriteRange needs. It
// overwrites the gates and runs once after each Forward, unless s is Repeatable.
//
//	dy (N, Out)  read only
//	dx (N, D)    owned by s, valid until its next Backward
func (m *LSTM) Backward(s *LSTMState, p *LSTMPacked, dy []float32) (dx []float32) {
	if s.ForwardOnly {
		panic("nn: Backward of an LSTM that ran forward only")
	}
	l, dirs := s.layout, m.Directions()
	s.grad.forget()
	mustBe("LSTM's dy", dy, l.N(), m.Out())
	for layer := m.Layers - 1; layer >= 0; layer-- {
		if m.drops(s) {
			s.dy = resize(s.dy, len(dy))
			m.dropout(layer).Apply(s.dy, dy, l, m.Out(), s.masks)
			dy = s.dy
		}
		i, in, out := layer*dirs, m.in(layer), &s.layers[layer]
		out.dx = resize(out.dx, l.N()*in)
		s.cells[i].backward(&p.cells[i], l, dy, out.dx, m.Out(), &s.work, s.Repeatable)
		if dirs == 2 {
			s.cells[i+1].backwardMirrored(&p.cells[i+1], l, column(dy, m.Hidden), out.dx, m.Out(), &s.work, s.Repeatable)
		}
		dy = out.dx
	}
	return dy
}
