package mtl

import "braid/internal/rng"

// Conflict is a method that combines the gradients of the tasks of a step. Its state has a size that depends on the
// number of tasks of the job alone; Factors changes it in place. The state must be saved with the parameters.
type Conflict interface {
	// Start returns the state before the first step of a job of n tasks; nil for a method without state.
	Start(n int) []float64

	// Factors returns the factor of each task of the step, in the order of s.Tasks.
	Factors(s Step, state []float64) []float64
}

// Step holds the values of a step that Conflict methods read.
type Step struct {
	Tasks  []int     // indexes of the tasks in the job
	Gram   Gram      // of their gradients, in this order
	Losses []float64 // their losses, whose gradients these are

	Seed   uint64 // of the job
	Number uint64 // of the step, from 0
	Part   uint64 // of the parameters, if each part has a Gram matrix of its own
}

// random returns the random numbers of the step.
func (s *Step) random() *rng.Stream {
	return rng.Key{Seed: s.Seed, Purpose: rng.Conflict, A: s.Number, B: s.Part}.Stream()
}

// stateless is a method of the Gram matrix alone, or with random numbers.
type stateless func(s Step) []float64

// Start returns nil.
func (stateless) Start(int) []float64 { return nil }

// Factors calls the method.
func (f stateless) Factors(s Step, _ []float64) []float64 { return f(s) }

// ConflictSettings are the settings of all Conflict methods.
type ConflictSettings struct {
	C        float64 // cagrad
	Fairness float64 // fairgrad: a
	Alpha    float64 // gradnorm
	LR       float64 // gradnorm, famo
	Gamma    float64 // famo
	Mu       float64 // stch
}

// NewConflict returns a method by its name in jobs, or nil for an unknown name.
func NewConflict(kind string, s ConflictSettings) Conflict {
	of := func(method func(Gram) []float64) Conflict {
		return stateless(func(s Step) []float64 { return method(s.Gram) })
	}
	switch kind {
	case "pcgrad":
		return stateless(func(s Step) []float64 { return PCGrad(s.Gram, s.random()) })
	case "cagrad":
		return of(func(g Gram) []float64 { return CAGrad(g, s.C) })
	case "nash_mtl":
		return of(NashMTL)
	case "fairgrad":
		return of(func(g Gram) []float64 { return FairGrad(g, s.Fairness) })
	case "mgda":
		return of(MGDA)
	case "upgrad":
		return of(func(g Gram) []float64 { return UPGrad(g, Ridge) })
	case "dualproj":
		return of(func(g Gram) []float64 { return DualProj(g, Ridge) })
	case "aligned_mtl":
		return of(AlignedMTL)
	case "imtl_g":
		return of(IMTLG)
	case "config":
		return of(ConFIG)
	case "gradnorm":
		return GradNorm{Alpha: s.Alpha, LR: s.LR}
	case "famo":
		return FAMO{LR: s.LR, Gamma: s.Gamma}
	case "stch":
		return STCH{Mu: s.Mu}
	}
	return nil
}

// Ridge is the ridge of UPGrad and DualProj in training, as in TorchJD.
const Ridge = 1e-4
