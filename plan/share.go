package plan

// Share is what the plan gives to one task in the whole job.
type Share struct {
	Steps  uint64  // that train it
	Passes float64 // over its training examples; in joint mode over its data set's
}

// most is how many steps Shares looks at: a second's work.
const most = 1 << 22

// Shares counts the steps of every task. They are those that a training will take, since the
// plan is a function of the step; evaluations may end it early. Of a job of more than most
// steps it looks at every n-th and multiplies.
func (p *Planner) Shares() []Share {
	stride := p.steps/most + 1
	for gcd(stride, uint64(len(p.job.Tasks))) > 1 { // round_robin has a period
		stride++
	}
	shares := make([]Share, len(p.job.Tasks))
	for step := uint64(0); step < p.steps; step += stride {
		for _, c := range p.drawn(step) {
			for _, t := range c.tasks {
				shares[t].Steps += stride
			}
		}
	}
	for t := range shares {
		shares[t].Steps = min(shares[t].Steps, p.steps)
		size := p.sizes.Tasks[t]
		if p.joint() {
			size = p.sizes.Sets[p.job.SetOf(t)]
		}
		shares[t].Passes = float64(shares[t].Steps) / float64(batches(size, p.job.Training.Batch))
	}
	return shares
}

func gcd(a, b uint64) uint64 {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}
