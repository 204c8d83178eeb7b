package model

import (
	"errors"
	"fmt"
	"math"

	"braid/data"
	"braid/gradient"
	"braid/nn"
	"braid/plan"
)

// Expected is what the data and the plan say of a step's gradients before they are
// computed. Its memory is kept from step to step; it belongs to one goroutine.
type Expected struct {
	model *Architecture
	sets  []data.Set

	step     plan.Step
	ready    bool        // the fields below are of this step
	norms    [][]float64 // by task, then by shard: normalisers
	trained  []bool      // by task: it is in the step
	touched  []uint64    // by word: the newest round that had it
	round    uint64
	examples []uint32
}

// NewExpected returns what knows of no step yet.
func (m *Architecture) NewExpected(sets []data.Set) *Expected {
	return &Expected{model: m, sets: sets, norms: make([][]float64, len(m.heads)), trained: make([]bool, len(m.heads)), touched: make([]uint64, m.Spec.Words)}
}

// Begin goes to a step. The work is done by the step's first Check.
func (x *Expected) Begin(step plan.Step) { x.step, x.ready = step, false }

// Check says why g cannot be the gradient of a node of the step's tree; nil: it can. Wrong
// numbers in the right places pass: only computing them again tells.
func (x *Expected) Check(n gradient.Node, g *gradient.Gradient) error {
	if !x.ready {
		x.fill()
	}
	m := x.model
	for t := range m.heads {
		if err := x.checkLoss(t, n, g.Loss[t]); err != nil {
			return fmt.Errorf("task %s: %w", m.Job.Tasks[t].Name, err)
		}
	}
	for i, size := range m.shape.Dense {
		in := i < nn.GroupHeads || x.trained[i-nn.GroupHeads]
		if has := g.Dense[i] != nil; has != (in && size > 0) {
			return fmt.Errorf("parameters %s: numbers %v, trained in this step %v", m.groupNames()[i], has, in)
		}
		for _, id := range g.Rows[i].IDs {
			if i != nn.GroupWord || x.touched[id] != x.round {
				return fmt.Errorf("row %d of %s: no word of this step", id, m.groupNames()[i])
			}
		}
	}
	return nil
}

// checkLoss holds a loss against its normaliser, whose additions may be in another order.
func (x *Expected) checkLoss(t int, n gradient.Node, l gradient.Loss) error {
	if !x.trained[t] {
		if l != (gradient.Loss{}) {
			return errors.New("a loss, but the step does not train it")
		}
		return nil
	}
	want := 0.0
	for lo, hi := (gradient.Tree{S: len(x.norms[t])}).Range(n); lo < hi; lo++ {
		want += x.norms[t][lo]
	}
	if err := checkNorm(l.Norm, want); err != nil {
		return err
	}
	if l.Sum < -lossBelow*want {
		return errNegativeLoss
	}
	return nil
}

// checkNorm compares a normaliser with that of the examples, which may have been added in
// another order.
func checkNorm(got, want float64) error {
	if !(math.Abs(got-want) <= 1e-9*want) {
		return fmt.Errorf("its loss is normalised by %v, the examples give %v", got, want)
	}
	return nil
}

// fill looks at the examples of the step.
func (x *Expected) fill() {
	x.ready = true
	x.round++
	clear(x.trained)
	m := x.model
	for _, s := range x.step.Streams {
		c := x.sets[s.Set].Train
		for shard, positions := range s.Shards {
			x.examples = resolve(x.examples[:0], m.Job, c, s, positions)
			for _, t := range s.Tasks {
				if shard == 0 {
					x.trained[t], x.norms[t] = true, x.norms[t][:0]
				}
				x.norms[t] = append(x.norms[t], m.norm(t, c, x.examples))
			}
			for _, e := range x.examples {
				x.touch(c.Words[c.Offsets[e]:c.Offsets[e+1]])
			}
		}
	}
}

// touch notes words, and what they may become when they are rare.
func (x *Expected) touch(words []uint32) {
	rare := x.model.Unknown != nil && x.model.Job.Encoder.Word.Unknown > 0
	for _, w := range words {
		x.touched[w] = x.round
		if rare {
			x.touched[x.model.Unknown[w]] = x.round
		}
	}
}
