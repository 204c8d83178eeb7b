package train

import (
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
		c := newChanges(1, false, by)
		if !c.told().All {
			t.Error("the first call is not told everything")
		}
		c.ok()
		c.updated(ps, g)
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
		c.updated(ps, g)
		c.updated(ps, g)
		if said := c.told(); said.All != rounded || !said.Any() {
			t.Errorf("after two updates, rounded %v: %+v", rounded, said)
		}
	}
}
