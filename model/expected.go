package model

import (
	"errors"
	"fmt"
	"math"

	"braid/data"
	"braid/gradient"
	"braid/plan"
)

// Expected checks a step's gradients against the data and the plan, without computing gradients. It
// belongs to one goroutine and keeps its memory from step to step.
type Expected struct {
	arch *Architecture
	sets []data.Set

	step     plan.Step
	tree     gradient.Tree
	filled   int         // the tree that the fields below are of, -1: none yet
	weights  [][]float64 // by task, then by shard: of its examples
	trained  []bool      // by task: the tree has its gradient
	touched  [][]uint64  // by table and row: the newest round that may have touched it
	round    uint64
	examples []uint32
	rows     []uint32
}

// NewExpected returns an Expected without a step.
func (a *Architecture) NewExpected(sets []data.Set) *Expected {
	x := &Expected{arch: a, sets: sets, weights: make([][]float64, len(a.heads)), trained: make([]bool, len(a.heads))}
	for _, slot := range a.shape.Slots {
		x.touched = append(x.touched, make([]uint64, slot.Rows))
	}
	return x
}

// Begin goes to a step. The first Check of a tree of the step does the work.
func (x *Expected) Begin(step plan.Step) { x.step, x.tree, x.filled = step, Tree(step), -1 }

// Check returns an error if g cannot be the gradient of a valid node of the step's trees. Wrong numbers
// in the right places pass: only a second computation detects them.
func (x *Expected) Check(n gradient.Node, g *gradient.Gradient) error {
	if k := x.tree.Of(n); k != x.filled {
		x.fill(k)
	}
	a := x.arch
	for t := range a.heads {
		if err := x.checkLoss(t, n, g.Loss[t]); err != nil {
			return fmt.Errorf("task %s: %w", a.Job.Tasks[t].Name, err)
		}
	}
	for i, slot := range a.shape.Slots {
		in := x.trains(i)
		if has := g.Dense[i] != nil; has != (in && slot.Numbers > 0) {
			return fmt.Errorf("parameters %s: numbers %v, trained in this step %v", a.groups[i].Name, has, in)
		}
		for _, id := range g.Rows[i].IDs {
			if !slot.Table() || x.touched[i][id] != x.round {
				return fmt.Errorf("row %d of %s: no word of this step", id, a.groups[i].Name)
			}
		}
	}
	return nil
}

// trains reports whether the step trains a slot.
func (x *Expected) trains(slot int) bool {
	for t, in := range x.trained {
		if in && x.arch.trains[slot][t] {
			return true
		}
	}
	return false
}

// checkLoss compares the weight of a loss with that of the examples.
func (x *Expected) checkLoss(t int, n gradient.Node, l gradient.Loss) error {
	if !x.trained[t] {
		if l != (gradient.Loss{}) {
			return errors.New("a loss, but the step does not train it")
		}
		return nil
	}
	want := 0.0
	for lo, hi := x.tree.Shards(n); lo < hi; lo++ {
		want += x.weights[t][lo]
	}
	if err := checkWeight(l.Weight, want); err != nil {
		return err
	}
	if l.Sum < -lossBelow*want {
		return errNegativeLoss
	}
	return nil
}

// checkWeight compares the weight of a loss with that of the examples, which may have been added
// in another order.
func checkWeight(got, want float64) error {
	if !(math.Abs(got-want) <= 1e-9*want) {
		return fmt.Errorf("its loss is normalised by %v, the examples give %v", got, want)
	}
	return nil
}

// fill determines what the examples of tree k allow.
func (x *Expected) fill(k int) {
	x.filled = k
	x.round++
	clear(x.trained)
	if !x.step.Apart {
		for _, s := range x.step.Streams {
			x.add(s, s.Tasks)
		}
		return
	}
	stream, t := x.step.Tree(k)
	s := x.step.Streams[stream]
	x.add(s, s.Tasks[t:t+1])
}

// add adds what a stream allows in the gradient of some of its tasks.
func (x *Expected) add(s plan.Stream, tasks []int) {
	c := x.sets[s.Set].Train
	for _, t := range tasks {
		x.trained[t], x.weights[t] = true, x.weights[t][:0]
	}
	for _, positions := range s.Shards {
		x.examples = resolve(x.examples[:0], x.arch.Job, c, s, positions)
		for _, t := range tasks {
			x.weights[t] = append(x.weights[t], x.arch.weight(t, c, x.examples))
		}
		x.touch(c, tasks)
	}
}

// touch marks the rows of all tables that the examples may touch by the losses of some tasks.
func (x *Expected) touch(c *data.Corpus, tasks []int) {
	for table, slot := range x.arch.shape.Slots[:x.arch.first] {
		if !slot.Table() || !x.arch.trainedBy(table, tasks) {
			continue
		}
		for _, e := range x.examples {
			x.rows = x.arch.encoder.AppendRows(x.rows[:0], table, c, e)
			for _, row := range x.rows {
				x.touched[table][row] = x.round
			}
		}
	}
}
