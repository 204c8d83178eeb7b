package dispatch

import (
	"fmt"

	"braid/protocol"
)

// ScoreRound scores a split of every data set. Its units are blocks of examples; its numbers are the units.
type ScoreRound struct {
	Step     uint64 // steps done
	Blocks   int
	Split    string
	Outcomes bool // of single examples, in addition to their scores
}

func (*ScoreRound) kind() uint8    { return protocol.RoundScore }
func (s *ScoreRound) units() int   { return s.Blocks }
func (s *ScoreRound) name() string { return fmt.Sprintf("step %d, scoring %s", s.Step, s.Split) }
func (*ScoreRound) noun() string   { return "chunk" }
func (s *ScoreRound) step() uint64 { return s.Step }

// stepIndex is the last step before the scoring.
func (s *ScoreRound) stepIndex() uint64 { return max(s.Step, 1) - 1 }

func (*ScoreRound) span(number uint32) (lo, hi int) { return int(number), int(number) + 1 }

func (*ScoreRound) cover(numbers []uint32, lo, hi int) []uint32 {
	for u := lo; u < hi; u++ {
		numbers = append(numbers, uint32(u))
	}
	return numbers
}

func (s *ScoreRound) fill(o *protocol.Order) {
	o.Step, o.Split, o.Outcomes = s.Step, s.Split, s.Outcomes
}
