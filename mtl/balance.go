package mtl

// Balance is a method whose factors are known before a step. Its state has a size that depends on the number of tasks
// alone, and must be saved with the parameters.
type Balance interface {
	// Start returns the state before the first step of a job of n tasks.
	Start(n int) []float64

	// Factors sets dst[t] to the factor of task t at a step, counted from 0. Factors are finite and at least
	// LeastFactor.
	Factors(dst, state []float64, step uint64)

	// Observe changes the state after a step: losses holds the mean losses of the tasks that it trained.
	Observe(state []float64, tasks []int, losses []float64)
}

// LeastFactor bounds factors from below, so that a gradient can be divided by its factor again.
const LeastFactor = 1e-6

// bound raises factors to LeastFactor, and replaces those that are not finite by 1.
func bound(dst []float64) {
	for t, f := range dst {
		if f-f != 0 {
			f = 1
		}
		dst[t] = max(f, LeastFactor)
	}
}

// BalanceSettings are the settings of all Balance methods.
type BalanceSettings struct {
	Weights     []float64 // equal: by task
	LR          float64   // uncertainty, liebel, imtl_l
	Temperature float64   // uw_so, dwa
	Smoothing   float64   // uw_so, gls
	Every       uint64    // dwa: steps
	Seed        uint64    // rlw
}

// NewBalance returns a method by its name in jobs, or nil for an unknown name.
func NewBalance(kind string, b BalanceSettings) Balance {
	switch kind {
	case "equal":
		return Equal{b.Weights}
	case "uncertainty":
		return Uncertainty{b.LR}
	case "liebel":
		return Liebel{b.LR}
	case "uw_so":
		return UWSO{b.Temperature, b.Smoothing}
	case "imtl_l":
		return IMTLL{b.LR}
	case "gls":
		return GLS{b.Smoothing}
	case "dwa":
		return DWA{b.Temperature, b.Every}
	case "rlw":
		return RLW{b.Seed}
	}
	return nil
}
