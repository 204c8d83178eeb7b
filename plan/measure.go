package plan

import "braid/internal/rng"

// MeasureDue reports whether a measurement precedes a step.
func (p *Planner) MeasureDue(step uint64) bool {
	every := uint64(max(p.job.Training.Measure.Every, 0))
	return every > 0 && step%every == 0
}

// FillMeasure sets s to the plan of the measurement before a step, which has the gradient of each task apart, in two
// halves. It reuses the memory of s. The batches are as large as those of steps: one for each task (sampled mode) or
// each data set (joint mode). They depend on the name and the step alone, not on the examples of training steps.
//
// The first half of s.Streams has the first halves of the batches, the second half has the second halves, in the
// same order. The halves of a batch have no example in common.
func (p *Planner) FillMeasure(s *Step, step uint64) {
	all := p.every()
	s.Step, s.Apart, s.Measure = step, true, true
	s.Streams = resize(s.Streams, 2*len(all))
	for i := range s.Streams {
		p.fillHalf(&s.Streams[i], &all[i%len(all)], step, i/len(all))
	}
}

// every returns a choice for each task (sampled mode), or for each data set that tasks read (joint mode). The choices
// are valid until the next call of every or drawn.
func (p *Planner) every() []choice {
	n := 0
	for counter := range p.names {
		c := p.choice(n, counter)
		c.counter = counter
		if p.joint() {
			c.tasks, c.size = append(c.tasks, p.readers[counter]...), p.sizes.Sets[counter]
		} else {
			c.set, c.tasks, c.size = p.job.SetOf(counter), append(c.tasks, counter), p.sizes.Tasks[counter]
		}
		if len(c.tasks) > 0 {
			n++
		}
	}
	return p.choices[:n]
}

// fillHalf cuts a half of a measurement's batch into S slices.
func (p *Planner) fillHalf(s *Stream, c *choice, step uint64, half int) {
	n := min(p.job.Training.Batch, c.size)
	lo, hi := half*n/2, (half+1)*n/2
	order := newPermutation(uint32(c.size), rng.Key{Seed: p.job.Seed, Purpose: rng.Measure, A: p.names[c.counter],
		B: step})
	s.Set, s.Epoch, s.Tasks = c.set, 0, append(s.Tasks[:0], c.tasks...)
	s.positions = resize(s.positions, hi-lo)
	for i := range s.positions {
		s.positions[i] = int32(order.at(uint32(lo + i)))
	}
	s.cut(p.job.Training.Shards)
}
