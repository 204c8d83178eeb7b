package plan

// Share is one task's part of a job.
type Share struct {
	Steps  uint64  // number of steps that train the task
	Passes float64 // over the task's training examples; in joint mode over those of its data set
}

// most bounds the number of steps that Shares draws, which takes about a second.
const most = 1 << 22

// Shares counts the steps of every task in the whole job. Training takes the same steps
// unless it stops early. For a job of more than 4,194,304 steps, Shares draws every
// n-th step and estimates.
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
