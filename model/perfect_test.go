package model

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"braid/gradient"
)

// Scores of honest models, trained on nothing, are always possible, chunk by chunk; the perfect
// score is possible and gives the metrics of right answers.
func TestHonestScoresArePossible(t *testing.T) {
	for seed := range 20 {
		j, p := small(t)
		j.Seed = uint64(seed)
		m := newModel(j, p)
		for _, g := range m.Params.Groups {
			for i := range g.Data {
				g.Data[i] *= float32(1 + seed*seed) // the larger, the surer of wrong answers
			}
		}
		for _, n := range []int{1, 7, 60} {
			chunks := ExampleBlocks(p.Sets, "dev", n)
			scores, err := m.engine(1).Scores(t.Context(), p.Sets, chunks, false)
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range scores {
				best := m.Perfect(p.Sets, chunks[i])
				if err := m.Check(s, best); err != nil || !s.Finite() {
					t.Errorf("seed %d, chunk %d of %d examples: %v", seed, i, n, err)
				}
				if err := m.Check(best, best); err != nil {
					t.Errorf("the perfect score is not possible: %v", err)
				}
				for task, metric := range []string{"accuracy", "f1", "accuracy", "pearson"} {
					if metrics, _, ok := best.Of(task); n == 60 && (!ok || math.Abs(metrics[metric]-1) > 1e-6) {
						t.Errorf("task %d: perfect %s is %v", task, metric, metrics[metric])
					}
				}
			}
		}
	}
}

// A score with one number that the examples cannot give is refused: each count raised by
// more than there are examples or words, each sum made negative or not finite.
func TestImpossibleScoresAreRefused(t *testing.T) {
	j, p := small(t)
	m := newModel(j, p)
	chunks := ExampleBlocks(p.Sets, "dev", 60)
	scores, err := m.engine(1).Scores(t.Context(), p.Sets, chunks, false)
	if err != nil {
		t.Fatal(err)
	}
	best := m.Perfect(p.Sets, chunks[0])
	honest := scores[0].AppendBinary(nil)
	try := func(at int, v uint64) error {
		b := append([]byte(nil), honest...)
		binary.LittleEndian.PutUint64(b[8*at:], v)
		s := m.NewSetScore(0, false)
		if err := s.Decode(b); err != nil {
			t.Fatal(err)
		}
		if !s.Finite() {
			return errNegativeLoss
		}
		return m.Check(s, best)
	}
	for at := range len(honest) / 8 {
		was := binary.LittleEndian.Uint64(honest[8*at:])
		wrong := []uint64{was + 1000, 1 << 63, math.MaxUint64}
		if was >= 1<<32 { // a floating-point number
			wrong = []uint64{math.Float64bits(math.NaN()), math.Float64bits(math.Inf(1)), math.Float64bits(-1e6)}
		}
		for _, v := range wrong {
			if try(at, v) == nil {
				t.Errorf("number %d: %x in place of %x is accepted", at, v, was)
			}
		}
	}
}

// Gradients of honest workers are possible, whatever node they are of; a changed normaliser,
// a loss or numbers of a task that is not in the step, a row of no word in it are not.
func TestExpected(t *testing.T) {
	for _, mode := range []string{"sampled", "joint"} {
		j, p := small(t, "training.mode="+mode, "encoder.word.unknown=0.3")
		m, pl, r := newModel(j, p), planner(t, j, p), rand.New(rand.NewPCG(1, 2))
		e, x := m.engine(1), m.NewExpected(p.Sets)
		e.Pack(m.Params, nil)
		tree := gradient.Tree{S: j.Training.Shards}
		for i := range uint64(12) {
			step := pl.At(i)
			x.Begin(step)
			for n := gradient.Root; n < 2*tree.Leaf(0); n++ {
				if !tree.Valid(n) {
					continue
				}
				grads, err := e.Gradients(t.Context(), p.Sets, step, scales(j, p, step), []gradient.Node{n}, nil)
				if err != nil {
					t.Fatal(err)
				}
				g := grads[0]
				if err := x.Check(n, g); err != nil {
					t.Fatalf("%s, step %d, node %d: %v", mode, i, n, err)
				}
				refused := func(what string, change func()) {
					loss, dense := slices.Clone(g.Loss), slices.Clone(g.Dense)
					ids := slices.Clone(g.Rows[groupWords].IDs)
					change()
					if x.Check(n, g) == nil {
						t.Errorf("%s, step %d, node %d: %s is accepted", mode, i, n, what)
					}
					copy(g.Loss, loss)
					copy(g.Dense, dense)
					copy(g.Rows[groupWords].IDs, ids)
				}
				task := r.IntN(len(j.Tasks))
				refused("another normaliser", func() { g.Loss[task].Weight++ })
				refused("a normaliser that is not finite", func() { g.Loss[task].Weight = math.NaN() })
				if head := groupHeads + task; g.Dense[head] == nil {
					refused("a loss of a task that is not trained", func() { g.Loss[task].Sum = 1 })
					refused("a head that is not trained", func() { g.Dense[head] = make([]float32, m.shape.Slots[head].Numbers) })
				} else {
					refused("a head that is missing", func() { g.Dense[head] = nil })
					refused("a negative loss", func() { g.Loss[task].Sum = -1e6 })
				}
				refused("an encoder that is missing", func() { g.Dense[groupLayers] = nil })
				if rows := &g.Rows[groupWords]; len(rows.IDs) > 0 {
					for id := range uint32(m.Spec.Words) {
						if x.touched[groupWords][id] != x.round {
							refused("a row of another word", func() { rows.IDs[0] = id })
							break
						}
					}
				}
				e.Release(g)
			}
		}
	}
}

// So are those of examples that max_tokens cuts: the gold beyond the cut counts on both sides.
func TestHonestScoresOfCutExamples(t *testing.T) {
	j, p := small(t, "data.s.max_tokens=3")
	m := newModel(j, p)
	chunks := ExampleBlocks(p.Sets, "dev", 7)
	scores, err := m.engine(1).Scores(t.Context(), p.Sets, chunks, false)
	if err != nil {
		t.Fatal(err)
	}
	all := m.NewSetScore(0, false)
	for i, s := range scores {
		best := m.Perfect(p.Sets, chunks[i])
		if err := m.Check(s, best); err != nil {
			t.Errorf("chunk %d: %v", i, err)
		}
		all.Add(best)
	}
	metrics, _, _ := all.Of(1)
	if metrics["accuracy"] >= 1 || metrics["recall"] >= 1 || metrics["precision"] == 0 {
		t.Errorf("the best answers to what is left of the examples score %v", metrics)
	}
}
