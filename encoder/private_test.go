package encoder

import (
	"fmt"
	"slices"
	"testing"

	"braid/data"
	"braid/job"
	"braid/nn"
)

// The states of each direction stand together, so that a pooling finds the last one of each: those of the
// shared node first.
func TestViewJoinsByDirection(t *testing.T) {
	shared, private := []float32{1, 2, 11, 12, 3, 4, 13, 14}, []float32{5, 15, 6, 16}
	for _, c := range []struct {
		halves int
		want   string
	}{
		{2, "[1 2 5 11 12 15 3 4 6 13 14 16]"},
		{1, "[1 2 11 12 5 15 3 4 13 14 6 16]"},
	} {
		v := view{width: [2]int{4, 2}, halves: c.halves}
		joined := v.join(nil, shared, private)
		if fmt.Sprint(joined) != c.want {
			t.Errorf("%d halves: %v, want %s", c.halves, joined, c.want)
		}
		a, b := slices.Clone(shared), slices.Clone(private)
		v.split(joined, a, b)
		for i, v := range slices.Concat(a, b) {
			if want := 2 * slices.Concat(shared, private)[i]; v != want {
				t.Errorf("%d halves: number %d is %v after split, want %v", c.halves, i, v, want)
			}
		}
	}
}

// A private node with the parameters of the shared one computes the same hidden states, and drops others.
func TestPrivateNodeDropsItsOwn(t *testing.T) {
	e := job.Encoder{Kind: "lstm", Word: job.Word{Dim: 6}, LSTM: job.LSTM{Hidden: 5, Layers: 1, Dropout: 0.4,
		RecurrentDropout: 0.3}}
	tasks := []job.Task{{Name: "a", Private: job.Private{LSTM: job.PrivateLSTM{Hidden: 5, Layers: 1}}}}
	s, n := newSceneOf(e), NewNetwork(Spec{Job: e, Words: 9, Input: func(string) data.Input { return nil }}, tasks)
	var groups []*nn.Group
	for _, spec := range n.Groups() {
		g := spec.New()
		spec.Start(g, 7)
		groups = append(groups, g)
	}
	named := func(name string) *nn.Group {
		return groups[slices.IndexFunc(groups, func(g *nn.Group) bool { return g.Name == name })]
	}
	if slices.Equal(named("private.a").Data, named("encoder").Data) {
		t.Error("both nodes start with the same parameters")
	}
	copy(named("private.a").Data, named("encoder").Data)
	w := n.NewWeights(true)
	for piece := range w.Begin(groups, nil) {
		w.Pack(piece)
	}
	halves := func() (shared, private []float32) {
		p := n.NewPass()
		p.Begin(w, &s.block)
		for row := p.Hidden(0); len(row) > 0; row = row[10:] {
			shared, private = append(shared, row[:5]...), append(private, row[5:10]...)
		}
		return shared, private
	}
	if shared, private := halves(); slices.Equal(shared, private) {
		t.Error("both nodes drop the same elements")
	}
	s.block.Masks, s.block.Backwards = nil, 0
	if shared, private := halves(); !slices.Equal(shared, private) {
		t.Error("the nodes differ in evaluation")
	}
}
