package mtl

import (
	"math"

	"braid/internal/kernel"
)

// learned is T numbers that Adam learns one by one, with its state, in 4T numbers of a method's state.
type learned struct {
	x     []float64 // the numbers
	m, v  []float64 // Adam's moments
	steps []float64 // updates of each number
}

// view returns the numbers in a state of 4T numbers, without a copy.
func view(state []float64) learned {
	t := len(state) / 4
	return learned{state[:t], state[t : 2*t], state[2*t : 3*t], state[3*t : 4*t]}
}

// Constants of Adam, those of torch.optim.Adam.
const (
	beta1 = 0.9
	beta2 = 0.999
	eps   = 1e-8
)

// update takes one step of Adam for number t. A gradient that is not finite changes nothing.
// Source: Kingma and Ba 2015, algorithm 1.
func (l learned) update(t int, gradient, lr float64) {
	if gradient-gradient != 0 {
		return
	}
	l.steps[t]++
	l.m[t] = float64(beta1*l.m[t]) + float64((1-beta1)*gradient)
	l.v[t] = float64(beta2*l.v[t]) + float64((1-beta2)*float64(gradient*gradient))
	m := l.m[t] / (1 - Power(beta1, l.steps[t]))
	v := l.v[t] / (1 - Power(beta2, l.steps[t]))
	l.x[t] -= float64(lr*m) / (math.Sqrt(v) + eps)
}

// Power returns x^y for x > 0.
func Power(x, y float64) float64 { return kernel.Exp64(float64(y * kernel.Log64(x))) }

// softmax returns e^x_t / Σ e^x.
func softmax(x []float64) []float64 {
	largest := math.Inf(-1)
	for _, v := range x {
		largest = max(largest, v)
	}
	p := make([]float64, len(x))
	for i, v := range x {
		p[i] = kernel.Exp64(v - largest)
	}
	return times(1/sum(p), p)
}
