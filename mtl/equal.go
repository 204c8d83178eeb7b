package mtl

// Equal undoes the tasks' weights: factors are 1/w_t.
type Equal struct{ Weights []float64 }

// Start returns nil.
func (Equal) Start(int) []float64 { return nil }

// Factors sets dst.
func (e Equal) Factors(dst, _ []float64, _ uint64) {
	for t, w := range e.Weights {
		dst[t] = 1 / w
	}
	bound(dst)
}

// Observe does nothing.
func (Equal) Observe([]float64, []int, []float64) {}
