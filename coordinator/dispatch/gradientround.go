package dispatch

import (
	"fmt"

	"braid/gradient"
	"braid/protocol"
)

// GradientRound computes the gradients of one step, or of the measurement before a step. Its units are the shards of
// the step, once for each tree; its numbers are nodes of the trees over them.
type GradientRound struct {
	Step   uint64 // counted from 0
	Shards int
	Trees  int    // 0: one
	Scale  []byte // of the order

	Measure bool
}

func (g *GradientRound) units() int        { return g.tree().Units() }
func (g *GradientRound) step() uint64      { return g.Step }
func (g *GradientRound) stepIndex() uint64 { return g.Step }

func (g *GradientRound) tree() gradient.Tree { return gradient.Tree{S: g.Shards, Trees: g.Trees} }

func (g *GradientRound) kind() uint8 {
	if g.Measure {
		return protocol.RoundMeasure
	}
	return protocol.RoundGradient
}

func (g *GradientRound) name() string {
	if g.Measure {
		return fmt.Sprintf("step %d, measuring", g.Step+1)
	}
	return fmt.Sprintf("step %d", g.Step+1)
}

// noun: if the gradients of tasks are kept apart, a unit is a shard of one task.
func (g *GradientRound) noun() string {
	if g.Trees > 1 {
		return "unit"
	}
	return "shard"
}

func (g *GradientRound) span(number uint32) (lo, hi int) {
	return g.tree().Range(gradient.Node(number))
}

func (g *GradientRound) cover(numbers []uint32, lo, hi int) []uint32 {
	for _, n := range g.tree().Cover(lo, hi) {
		numbers = append(numbers, uint32(n))
	}
	return numbers
}

func (g *GradientRound) fill(o *protocol.Order) { o.Step, o.Scale = g.Step, g.Scale }
