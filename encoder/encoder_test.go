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

// kindNames lists the scenes: every encoder, and those with features and spelling of words or with every dropout.
func kindNames() []string {
	return append(slices.Sorted(maps.Keys(kinds)), "lstm"+withFeatures, "lstm"+withChar, "lstm"+withFeatures+withChar,
		"lstm"+withChar+withDropouts, "lstm"+withFeatures+withColumns)
}

const (
	withFeatures = " with features"
	withChar     = " with characters"
	withDropouts = " with every dropout"
	withColumns  = " with columns"
)

func newScene(name string) *scene {
	name, columns := strings.CutSuffix(name, withColumns)
	name, dropouts := strings.CutSuffix(name, withDropouts)
	name, char := strings.CutSuffix(name, withChar)
	kind, features := strings.CutSuffix(name, withFeatures)
	e := job.Encoder{Kind: kind, Word: job.Word{Dim: 6, Dropout: 0.3, Unknown: 0.4},
		LSTM: job.LSTM{Hidden: 5, Layers: 2, Bidirectional: true, Dropout: 0.2}}
	if features {
		e.Word.Features = job.FeaturesHashed
	}
	if char {
		e.Char = job.Char{Kind: job.CharConv, Dim: 4, Filters: 7, Width: 3}
	}
	if columns {
		e.Columns = []job.Column{{Field: "pos", Dim: 3, Unknown: 0.4}, {Field: "chunk", Dim: 2}}
	}
	if dropouts {
		e.Word.Locked, e.Word.WordDropout, e.LSTM.Locked, e.LSTM.RecurrentDropout = true, 0.2, true, 0.3
	}
	return newSceneOf(e)
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
	for i := range e.Inputs() {
		c.Columns = append(c.Columns, someColumn(len(c.Words), uint64(i)))
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

// A text's hidden states and a shard's gradient have the same bits in a block of the shard alone
// and in a block of several shards.
func TestShardsOfAnySplit(t *testing.T) {
	for _, kind := range kindNames() {
		s := newScene(kind)
		w, p, l := s.weights(true), s.e.NewPass(), s.block.Layout
		hidden := p.Forward(w, &s.block)
		p.Backward(w, someGradient(hidden))
		together := s.gradients(p)
		for shard := range l.S() {
			one := scene{e: s.e, groups: s.groups, block: s.block}
			var lengths []int32
			one.block.Examples = nil
			masks := *s.block.Masks
			masks.IDs = nil
			for _, i := range l.Seqs[shard] {
				lengths = append(lengths, l.Lengths[i])
				one.block.Examples = append(one.block.Examples, s.block.Examples[i])
				masks.IDs = append(masks.IDs, s.block.Masks.IDs[i])
			}
			one.block.Layout, one.block.Masks = nn.NewLayout(lengths, make([]int32, len(lengths)), 1), &masks
			alone, width := s.e.NewPass(), s.e.Output().Width
			own := alone.Forward(w, &one.block)
			for k, r := range l.Rows[shard] {
				if !slices.Equal(own[k*width:(k+1)*width], hidden[int(r)*width:int(r+1)*width]) {
					t.Fatalf("%s: shard %d has other hidden states alone", kind, shard)
				}
			}
			alone.Backward(w, someGradient(own))
			n := len(together) / l.S()
			for k, want := range one.gradients(alone) {
				got := together[shard*n+k]
				if _, got, _ = strings.Cut(got, " "); got != strings.TrimPrefix(want, "0 ") {
					t.Errorf("%s: shard %d: %s, alone %s", kind, shard, got, want)
				}
			}
		}
	}
}

// someGradient is a gradient of hidden states that depends on each number alone, so that it is
// equal in every block.
func someGradient(hidden []float32) []float32 {
	d := make([]float32, len(hidden))
	for i, v := range hidden {
		d[i] = v - 0.3
	}
	return d
}

// Passes allocate nothing once their memory has grown.
func TestPassesAllocateNothing(t *testing.T) {
	for _, kind := range kindNames() {
		s := newScene(kind)
		w, p, rows := s.weights(true), s.e.NewPass(), gradient.Rows{}
		dHidden, room, groups, ranges := make([]float32, s.block.Layout.N()*s.e.Output().Width), []float32(nil),
			s.e.Groups(), s.e.Ranges()
		for _, r := range ranges {
			room = slices.Grow(room, r.Len())
		}
		if n := testing.AllocsPerRun(10, func() {
			for piece := range w.Begin(s.groups, nil) {
				w.Pack(piece)
			}
			p.Forward(w, &s.block)
			p.Backward(w, dHidden)
			for shard := range s.block.Layout.S() {
				for i, g := range groups {
					if g.Table {
						p.Rows(i, shard, &rows)
					}
				}
				for i, r := range ranges {
					p.Write(i, shard, room[:r.Len()])
				}
			}
		}); n > 0 {
			t.Errorf("%s: %v allocations", kind, n)
		}
	}
}
