package model

import (
	"sync"

	"braid/gradient"
)

// Release takes back a gradient of Gradients; its memory serves later ones.
func (e *Engine) Release(g *gradient.Gradient) { e.store.put(g) }

// store keeps the memory of released gradients. It is safe for several goroutines.
type store struct {
	shape gradient.Shape

	mu    sync.Mutex
	free  []*gradient.Gradient
	dense [][][]float32 // by slot
}

func newStore(shape gradient.Shape) *store {
	return &store{shape: shape, dense: make([][][]float32, len(shape.Slots))}
}

// get returns a gradient without numbers.
func (s *store) get() *gradient.Gradient {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		g := s.free[n-1]
		s.free = s.free[:n-1]
		return g
	}
	slots := s.shape.Slots
	g := &gradient.Gradient{Dense: make([][]float32, len(slots)), Rows: make([]gradient.Rows, len(slots)),
		Loss: make([]gradient.Loss, s.shape.Tasks)}
	for i, slot := range slots {
		g.Rows[i].Dim = slot.Dim
	}
	return g
}

// slot returns memory of unspecified values for a dense slot.
func (s *store) slot(i int) []float32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.dense[i]); n > 0 {
		d := s.dense[i][n-1]
		s.dense[i] = s.dense[i][:n-1]
		return d
	}
	return make([]float32, s.shape.Slots[i].Numbers)
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
