package train

import (
	"slices"
	"testing"

	"braid/gradient"
	"braid/nn"
)

// What was added is told at most once, and only if nothing was added since.
func TestAddedIsToldOnce(t *testing.T) {
	ps := &nn.ParamSet{Groups: []*nn.Group{nn.NewGroup("encoder", []nn.Spec{{Name: "w", Shape: []int{3}}})}}
	g := &gradient.Gradient{Dense: [][]float32{{1, 2, 3}}, Rows: make([]gradient.Rows, 1)}
	for _, by := range []*nn.ParamSet{nil, ps} {
		rounded := by != nil
		c := newChanges(gradient.Shape{Slots: []gradient.Slot{{Numbers: 3}}}, 1, false, by)
		if !c.told().All {
			t.Error("the first call is not told everything")
		}
		c.ok()
		c.updated(g)
		if said := c.told(); said.All || !said.Groups[0] {
			t.Errorf("after an update: %+v", said)
		}
		if said := c.told(); said.All != rounded || !said.Any() {
			t.Errorf("after a call that failed, rounded %v: %+v", rounded, said)
		}
		c.ok()
		if said := c.told(); said.Any() {
			t.Errorf("after no update: %+v", said)
		}
		c.ok()
		c.updated(g)
		c.updated(g)
		if said := c.told(); said.All != rounded || !said.Any() {
			t.Errorf("after two updates, rounded %v: %+v", rounded, said)
		}
	}
}

// A slot marks the group that it names, whatever its place.
func TestChangedGroupsAreThoseOfTheSlots(t *testing.T) {
	shape := gradient.Shape{Slots: []gradient.Slot{{Group: 2, Dim: 1, Rows: 9}, {Group: 0, Numbers: 1}}}
	c := newChanges(shape, 3, false, nil)
	c.told()
	c.ok()
	c.updated(&gradient.Gradient{Dense: [][]float32{nil, {1}}, Rows: []gradient.Rows{{Dim: 1, IDs: []uint32{4}, Data: []float32{1}}, {}}})
	if got := c.told(); !slices.Equal(got.Groups, []bool{true, false, false}) || !slices.Equal(got.Rows[2], []uint32{4}) || len(got.Rows[0]) > 0 {
		t.Errorf("%+v", got)
	}
}
