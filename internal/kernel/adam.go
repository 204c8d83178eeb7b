package kernel

import "math"

// AdamStep holds the constants of one step of Adam, the same for all elements.
type AdamStep struct {
	Beta1, OneMinusBeta1 float32
	Beta2, OneMinusBeta2 float32
	StepSize             float32 // learning rate/(1-β₁ᵗ)
	InvSqrtBias2         float32 // 1/√(1-β₂ᵗ)
	Eps                  float32
	ScaleG               float32 // factor of the gradient: 1/normaliser, clipping; 1 for none
	WeightDecay          float32 // WeightDecay × parameter is added to the gradient (Adam); 0 for none
	DecoupledDecay       float32 // learning rate × weight decay (AdamW); 0 for none
}

// Adam updates parameters p and moments m and v by gradient g.
// Source: Kingma and Ba 2015; Loshchilov and Hutter 2019. The operations are
// in the order of torch.optim.Adam and AdamW; results differ from those by a
// few roundings.
func Adam(p, m, v, g []float32, o AdamStep) {
	checkLength("Adam: m", m, len(p))
	checkLength("Adam: v", v, len(p))
	checkLength("Adam: g", g, len(p))
	active.adam(p, m, v, g, o)
}

func adamGo(p, m, v, g []float32, o AdamStep) {
	for i, w := range p {
		d := fma32(o.WeightDecay, w, float32(g[i]*o.ScaleG))
		w = fma32(-o.DecoupledDecay, w, w)
		m1 := fma32(o.Beta1, m[i], float32(o.OneMinusBeta1*d))
		v1 := fma32(o.Beta2, v[i], float32(float32(o.OneMinusBeta2*d)*d))
		den := fma32(float32(math.Sqrt(float64(v1))), o.InvSqrtBias2, o.Eps)
		p[i] = fma32(-o.StepSize, m1/den, w)
		m[i], v[i] = m1, v1
	}
}
