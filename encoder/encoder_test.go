package encoder

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/nn"
)

// scene is an encoder with parameters and a block of five texts in three shards.
type scene struct {
	e      Encoder
	groups []*nn.Group
	block  Block
}

// kindNames lists the scenes: every encoder, and those with features of words.
func kindNames() []string { return append(slices.Sorted(maps.Keys(kinds)), "lstm"+withFeatures) }

const withFeatures = " with features"

func newScene(name string) *scene {
	kind, features := strings.CutSuffix(name, withFeatures)
	words := job.Word{Dim: 6, Dropout: 0.3, Unknown: 0.4}
	if features {
		words.Features = job.FeaturesHashed
	}
	lstm := job.LSTM{Hidden: 5, Layers: 2, Bidirectional: true, Dropout: 0.2}
	return newSceneOf(job.Encoder{Kind: kind, Word: words, LSTM: lstm})
}

func newSceneOf(e job.Encoder) *scene {
	s := &scene{e: New(Spec{Job: e, Words: 9, Unknown: []uint32{0, 1, 2, 3, 4, 0, 1, 7, 8},
		Input: func(string) data.Input { return someFeatures{} }})}
	lengths, r := []int32{5, 4, 4, 2, 1}, rand.New(rand.NewPCG(1, 2))
	for _, g := range s.e.Groups() {
		group := g.New()
		if g.Start(group, 7); g.Name == "feature" { // which starts with 0
			copy(group.Data, normal(r, len(group.Data)))
		}
		s.groups = append(s.groups, group)
	}
	c := &data.Corpus{Offsets: []uint32{0}}
	for _, n := range lengths {
		for range n {
			c.Words = append(c.Words, uint32(r.IntN(9)))
		}
		c.Offsets = append(c.Offsets, uint32(len(c.Words)))
	}
	if e.Word.Features == job.FeaturesHashed {
		c.Columns = []data.Column{someColumn(len(c.Words))}
	}
	s.block = Block{Layout: nn.NewLayout(lengths, []int32{1, 0, 2, 0, 1}, 3), Corpus: c,
		Examples: []uint32{0, 1, 2, 3, 4}, Backwards: 1,
		Masks: &nn.Masks{Seed: 3, Step: 4, IDs: []uint64{0, 1, 2, 3, 4}}}
	return s
}

func (s *scene) weights(backward bool) Weights {
	w := s.e.NewWeights(backward)
	for piece := range w.Begin(s.groups, nil) {
		w.Pack(piece)
	}
	return w
}

// gradients returns all ranges and all rows of all shards, as text.
func (s *scene) gradients(p Pass) (all []string) {
	for shard := range s.block.Layout.S() {
		for i, r := range s.e.Ranges() {
			x := make([]float32, r.Len())
			p.Write(i, shard, x)
			all = append(all, fmt.Sprint(shard, r, x))
		}
		for i, g := range s.e.Groups() {
			if g.Table {
				var rows gradient.Rows
				p.Rows(i, shard, &rows)
				all = append(all, fmt.Sprint(shard, i, rows.IDs, rows.Data))
			}
		}
	}
	return all
}

func normal(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// Backward may run once for each task: each gradient has the bits of a pass of its own.
func TestBackwardOncePerTask(t *testing.T) {
	for _, kind := range kindNames() {
		s := newScene(kind)
		w, several := s.weights(true), s.e.NewPass()
		s.block.Backwards = 3
		hidden := slices.Clone(several.Forward(w, &s.block))
		r := rand.New(rand.NewPCG(5, 6))
		for task := range s.block.Backwards {
			d := normal(r, len(hidden))
			several.Backward(w, d)
			got := s.gradients(several)
			one, alone := s.block, s.e.NewPass()
			one.Backwards = 1
			if !slices.Equal(alone.Forward(w, &one), hidden) {
				t.Fatalf("%s: other hidden states for one Backward", kind)
			}
			alone.Backward(w, d)
			if want := s.gradients(alone); !slices.Equal(got, want) {
				t.Errorf("%s: task %d has another gradient than alone", kind, task)
			}
		}
	}
}

// Ranges cover every dense group in order; a group that is a table has none.
func TestRangesCoverDenseGroups(t *testing.T) {
	for _, kind := range kindNames() {
		s := newScene(kind)
		at := make([]int, len(s.groups))
		last := 0
		for _, r := range s.e.Ranges() {
			if r.Lo != at[r.Slot] || r.Hi <= r.Lo || r.Slot < last {
				t.Errorf("%s: range %+v behind number %d of its slot", kind, r, at[r.Slot])
			}
			at[r.Slot], last = r.Hi, r.Slot
		}
		for i, g := range s.groups {
			want := len(g.Data)
			if g.Dim > 0 {
				want = 0
			}
			if at[i] != want {
				t.Errorf("%s: ranges cover %d numbers of group %s, want %d", kind, at[i], g.Name, want)
			}
		}
	}
}

// Weights without backward give the same hidden states, and rows lie within AppendRows.
func TestForwardOnlyAndRows(t *testing.T) {
	for _, kind := range kindNames() {
		s := newScene(kind)
		full, p := s.weights(true), s.e.NewPass()
		hidden := slices.Clone(p.Forward(full, &s.block))
		p.Backward(full, normal(rand.New(rand.NewPCG(1, 1)), len(hidden)))
		for i, g := range s.groups {
			if g.Dim == 0 {
				continue
			}
			for shard := range s.block.Layout.S() {
				var may []uint32
				for k, e := range s.block.Examples {
					if s.block.Layout.Shard[k] == int32(shard) {
						may = s.e.AppendRows(may, i, s.block.Corpus, e)
					}
				}
				var rows gradient.Rows
				if p.Rows(i, shard, &rows); len(rows.IDs) == 0 || !slices.IsSorted(rows.IDs) {
					t.Errorf("%s: rows %v", kind, rows.IDs)
				}
				for _, id := range rows.IDs {
					if !slices.Contains(may, id) {
						t.Errorf("%s: shard %d has row %d, its texts may have %v", kind, shard, id, may)
					}
				}
			}
		}
		s.block.Masks, s.block.Backwards = nil, 0
		want := slices.Clone(p.Forward(full, &s.block))
		if !slices.Equal(s.e.NewPass().Forward(s.weights(false), &s.block), want) {
			t.Errorf("%s: other hidden states without backward", kind)
		}
		if slices.Equal(hidden, want) {
			t.Errorf("%s: nothing is dropped in training", kind)
		}
	}
}
