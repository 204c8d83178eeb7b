package model

import (
	"sync"

	"braid/gradient"
)

// Release gives a gradient's memory back for later ones.
func (e *Engine) Release(g *gradient.Gradient) { e.store.put(g) }

// store keeps the memory of gradients that are no longer needed.
type store struct {
	shape gradient.Shape

	mu    sync.Mutex
	free  []*gradient.Gradient
	dense [][][]float32 // by group
}

func newStore(shape gradient.Shape) *store {
	return &store{shape: shape, dense: make([][][]float32, len(shape.Dense))}
}

// get returns a gradient without any group.
func (s *store) get() *gradient.Gradient {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		g := s.free[n-1]
		s.free = s.free[:n-1]
		return g
	}
	g := &gradient.Gradient{Dense: make([][]float32, len(s.shape.Dense)), Rows: make([]gradient.Rows, len(s.shape.Dense)), Loss: make([]gradient.Loss, s.shape.Tasks)}
	for i, dim := range s.shape.Dim {
		g.Rows[i].Dim = dim
	}
	return g
}

// group returns memory for a group's dense gradient, its contents anything.
func (s *store) group(i int) []float32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.dense[i]); n > 0 {
		d := s.dense[i][n-1]
		s.dense[i] = s.dense[i][:n-1]
		return d
	}
	return make([]float32, s.shape.Dense[i])
}

func (s *store) put(g *gradient.Gradient) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, d := range g.Dense {
		if d != nil {
			s.dense[i] = append(s.dense[i], d)
			g.Dense[i] = nil
		}
		g.Rows[i].IDs, g.Rows[i].Data = g.Rows[i].IDs[:0], g.Rows[i].Data[:0]
	}
	clear(g.Loss)
	s.free = append(s.free, g)
}
