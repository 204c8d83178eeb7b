package mtl

// GradNorm learns factors w with the sum T that keep the norms w_t|g_t| near their mean times r_t^Alpha, where r_t is
// the task's loss by its first loss, relative to the mean of that over the tasks. It descends on
// Σ |w_t|g_t| - target_t| with step LR, targets held.
//
// Where we differ from the paper: |g_t| is the norm over all shared parameters, not those of one layer, and factors
// stay at 0.01 or above. Source: Chen et al. 2018 (arXiv 1711.02257).
type GradNorm struct{ Alpha, LR float64 }

// leastWeight bounds the factors from below: a step of LR|g_t| may be larger than a factor.
const leastWeight = 0.01

// Start returns factors of 1, then the first losses; below 0: none yet.
func (GradNorm) Start(n int) []float64 {
	state := ones(2 * n)
	fill(state[n:], -1)
	return state
}

// Factors returns the factors of this step, in the order of its tasks, and learns those of the next.
func (m GradNorm) Factors(s Step, state []float64) []float64 {
	n := len(state) / 2
	w, first := state[:n], state[n:]
	factors, ratio := make([]float64, len(s.Tasks)), make([]float64, len(s.Tasks))
	norms := s.Gram.norms()
	for i, t := range s.Tasks {
		factors[i] = w[t]
		if l := s.Losses[i]; first[t] < 0 && l-l == 0 {
			first[t] = l
		}
		if ratio[i] = 1; first[t] > 0 {
			ratio[i] = s.Losses[i] / first[t]
		}
	}
	if !s.Gram.finite() || sum(ratio)-sum(ratio) != 0 {
		return factors
	}
	for i, target := range m.targets(factors, norms, ratio) {
		t := s.Tasks[i]
		switch norm := float64(factors[i] * norms[i]); {
		case norm > target:
			w[t] -= float64(m.LR * norms[i])
		case norm < target:
			w[t] += float64(m.LR * norms[i])
		}
		w[t] = max(w[t], leastWeight)
	}
	copy(w, times(float64(n)/sum(w), w))
	return factors
}

// targets returns the norms that the weighted gradients should have.
func (m GradNorm) targets(w, norms, ratio []float64) []float64 {
	n := float64(len(w))
	mean, meanRatio := dot(w, norms)/n, sum(ratio)/n
	targets := make([]float64, len(w))
	for i, r := range ratio {
		if meanRatio > 0 {
			r /= meanRatio
		}
		if r > 0 {
			r = Power(r, m.Alpha)
		}
		targets[i] = float64(mean * r)
	}
	return targets
}
