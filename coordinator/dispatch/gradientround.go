package dispatch

import (
	"fmt"

	"braid/gradient"
	"braid/protocol"
)

// GradientRound computes the gradient of one step. Its units are the shards of the step; its numbers are nodes of the
// tree over them.
type GradientRound struct {
	Step   uint64 // counted from 0
	Shards int
	Scale  []byte // of the order
}

func (*GradientRound) kind() uint8           { return protocol.RoundGradient }
func (g *GradientRound) units() int          { return g.Shards }
func (g *GradientRound) name() string        { return fmt.Sprintf("step %d", g.Step+1) }
func (*GradientRound) noun() string          { return "shard" }
func (g *GradientRound) step() uint64        { return g.Step }
func (g *GradientRound) stepIndex() uint64   { return g.Step }
func (g *GradientRound) tree() gradient.Tree { return gradient.Tree{S: g.Shards} }

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
