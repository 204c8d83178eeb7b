package mtl

// Liebel learns c_t with Adam, to minimise Σ L_t/(2c_t²) + ln(1 + c_t²): uncertainty weights whose second term is never
// negative. Factors are 1/c_t², without the common factor ½. At the minimum c² is (L + √(L²+8L))/4.
// Source: Liebel and Körner 2018 (arXiv 1805.06334).
type Liebel struct{ LR float64 }

// Start returns c = 1 and the state of Adam.
func (Liebel) Start(n int) []float64 {
	state := make([]float64, 4*n)
	fill(view(state).x, 1)
	return state
}

// Factors sets dst.
func (Liebel) Factors(dst, state []float64, _ uint64) {
	for t, c := range view(state).x {
		dst[t] = 1 / float64(c*c)
	}
	bound(dst)
}

// Observe takes a step of Adam for the c of the trained tasks.
func (m Liebel) Observe(state []float64, tasks []int, losses []float64) {
	l := view(state)
	for i, t := range tasks {
		l.update(t, liebelSlope(l.x[t], losses[i]), m.LR)
		l.x[t] = max(l.x[t], 1e-3)
	}
}

// liebelSlope is the derivative of L/(2c²) + ln(1+c²) to c.
func liebelSlope(c, loss float64) float64 {
	square := float64(c * c)
	return float64(2*c)/(1+square) - loss/float64(square*c)
}
