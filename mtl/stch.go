package mtl

// STCH descends on the smooth maximum Mu ln Σ exp(L_t/Mu) of the losses: factors are softmax(L/Mu), with the sum T. Mu
// toward 0 trains the task with the largest loss alone, toward infinity all tasks alike.
// Source: Lin et al. 2024 (arXiv 2402.19078), with an ideal point of 0 and no warm-up.
type STCH struct{ Mu float64 }

// Start returns nil.
func (STCH) Start(int) []float64 { return nil }

// Factors returns the factors of the step's tasks.
func (m STCH) Factors(s Step, _ []float64) []float64 {
	x := make([]float64, len(s.Losses))
	for i, l := range s.Losses {
		if l-l != 0 {
			return ones(len(x)) // the caller's check finds the loss
		}
		x[i] = l / m.Mu
	}
	return times(float64(len(x)), softmax(x))
}
