package optim

import (
	"slices"
	"testing"

	"braid/gradient"
	"braid/nn"
)

// Part i of a gradient updates the group that the shape names, with the same bits as a gradient
// in the order of the groups; a group without a part stays as it is.
func TestPartsUpdateTheirGroups(t *testing.T) {
	start := &nn.ParamSet{Groups: []*nn.Group{
		nn.NewGroup("a", []nn.Spec{{Name: "w", Shape: []int{3}}}),
		nn.NewTable("b", nn.Spec{Name: "w", Shape: []int{4, 2}}),
		nn.NewGroup("c", []nn.Spec{{Name: "w", Shape: []int{2}}}),
	}}
	for _, g := range start.Groups {
		for i := range g.Data {
			g.Data[i] = float32(i) - 1.5
		}
	}
	dense, rows := []float32{1, -2, 3}, gradient.Rows{Dim: 2, IDs: []uint32{0, 3}, Data: []float32{1, 2, -3, 4}}
	for kind, c := range configs {
		want, got := start.Clone(), start.Clone()
		inOrder := &gradient.Gradient{Dense: [][]float32{dense, nil, nil}, Rows: []gradient.Rows{{}, rows, {}}}
		New(c, want).Update(want, inOrder, 1)
		c.Shape.Slots = []gradient.Slot{{Group: 1, Dim: 2, Rows: 4}, {Group: 0, Numbers: 3}}
		o := New(c, got)
		o.Update(got, &gradient.Gradient{Dense: [][]float32{nil, dense}, Rows: []gradient.Rows{rows, {}}}, 1)
		for i := range want.Groups {
			if !slices.Equal(got.Groups[i].Data, want.Groups[i].Data) {
				t.Errorf("%s: group %s is %v, want %v", kind, want.Groups[i].Name, got.Groups[i].Data, want.Groups[i].Data)
			}
		}
		if slices.Equal(got.Groups[1].Data, start.Groups[1].Data) || o.Steps(0) != 1 || o.Steps(1) != 1 || o.Steps(2) != 0 {
			t.Errorf("%s: steps %d %d %d", kind, o.Steps(0), o.Steps(1), o.Steps(2))
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("two parts of one group are accepted")
		}
	}()
	New(Config{Kind: "sgd", Shape: gradient.Shape{Slots: []gradient.Slot{{Group: 0}, {Group: 0}}}}, start)
}
