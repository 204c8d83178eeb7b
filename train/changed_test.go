package train

import (
	"slices"
	"testing"

	"braid/gradient"
	"braid/nn"
)

// Increments are sent at most once, and only those of the last update.
func TestIncrementsAreSentOnce(t *testing.T) {
	ps := &nn.ParamSet{Groups: []*nn.Group{nn.NewGroup("encoder", []nn.Spec{{Name: "w", Shape: []int{3}}})}}
	g := &gradient.Gradient{Dense: [][]float32{{1, 2, 3}}, Rows: make([]gradient.Rows, 1)}
	for _, delta := range []*nn.ParamSet{nil, ps} {
		rounded := delta != nil
		shape := gradient.Shape{Slots: []gradient.Slot{{Numbers: 3}}}
		c := newChanges(shape, shape, false, delta)
		if !c.pending().All {
			t.Error("the first call does not send everything")
		}
		c.acknowledged()
		c.updated(g)
		if got := c.pending(); got.All || !got.Groups[0] {
			t.Errorf("after an update: %+v", got)
		}
		if got := c.pending(); got.All != rounded || !got.Any() {
			t.Errorf("after a failed call, rounded %v: %+v", rounded, got)
		}
		c.acknowledged()
		if got := c.pending(); got.Any() {
			t.Errorf("without an update: %+v", got)
		}
		c.acknowledged()
		c.updated(g)
		c.updated(g)
		if got := c.pending(); got.All != rounded || !got.Any() {
			t.Errorf("after two updates, rounded %v: %+v", rounded, got)
		}
	}
}

// The rows of a table with a gradient are sent. After two updates, and with dense updates, the whole table is
// sent.
func TestRowsAreSent(t *testing.T) {
	shape := gradient.Shape{Slots: []gradient.Slot{{Group: 0, Numbers: 3}, {Group: 1, Dim: 2, Rows: 4}}}
	touching := func(rows ...uint32) *gradient.Gradient {
		return &gradient.Gradient{Dense: make([][]float32, 2), Rows: []gradient.Rows{{},
			{Dim: 2, IDs: rows, Data: make([]float32, 2*len(rows))}}}
	}
	sparse, dense := newChanges(shape, shape, false, nil), newChanges(shape, shape, true, nil)
	for _, c := range []*changes{sparse, dense} {
		c.pending()
		c.acknowledged()
		c.updated(touching())
		if got := c.pending(); got.Any() {
			t.Errorf("an update without a gradient changed %+v", got)
		}
		c.acknowledged()
		c.updated(touching(1, 3))
	}
	got := sparse.pending()
	if got.Groups[0] || got.Groups[1] || !slices.Equal(got.Rows[1], []uint32{1, 3}) ||
		!slices.Equal(got.groups(nil), []bool{false, true}) {
		t.Errorf("sparse: %+v", got)
	}
	if got := dense.pending(); got.Groups[0] || !got.Groups[1] {
		t.Errorf("dense: %+v", got)
	}
	sparse.updated(touching(0))
	if got := sparse.pending(); !got.Groups[1] {
		t.Errorf("two updates: %+v", got)
	}
	sparse.acknowledged()
	if got := sparse.pending(); got.Any() || len(got.Rows[1]) > 0 {
		t.Errorf("acknowledged: %+v", got)
	}
	sparse.all()
	if got := sparse.pending(); got.groups(make([]bool, 2)) != nil {
		t.Errorf("everything: %v", got.groups(nil))
	}
}

// A slot marks the group that it names, whatever its place.
func TestChangedGroupsAreThoseOfTheSlots(t *testing.T) {
	shape := gradient.Shape{Slots: []gradient.Slot{{Group: 2, Dim: 1, Rows: 9}, {Group: 0, Numbers: 1}}}
	params := gradient.Shape{Slots: []gradient.Slot{{Group: 0, Numbers: 1}, {Group: 1, Numbers: 1},
		{Group: 2, Dim: 1, Rows: 9}}}
	c := newChanges(shape, params, false, nil)
	c.pending()
	c.acknowledged()
	c.updated(&gradient.Gradient{Dense: [][]float32{nil, {1}}, Rows: []gradient.Rows{{Dim: 1, IDs: []uint32{4},
		Data: []float32{1}}, {}}})
	got := c.pending()
	if !slices.Equal(got.groups(nil), []bool{true, false, true}) {
		t.Errorf("changed groups %v", got.groups(nil))
	}
	if !slices.Equal(got.Groups, []bool{true, false, false}) || !slices.Equal(got.Rows[2], []uint32{4}) ||
		len(got.Rows[0]) > 0 {
		t.Errorf("%+v", got)
	}
}

// Frozen rows, which are at the end of a table, are not sent again, by dense updates or after two updates.
func TestFrozenRowsAreNotSentAgain(t *testing.T) {
	shape := gradient.Shape{Slots: []gradient.Slot{{Dim: 2, Rows: 3}}}
	params := gradient.Shape{Slots: []gradient.Slot{{Dim: 2, Rows: 5}}}
	g := &gradient.Gradient{Dense: make([][]float32, 1),
		Rows: []gradient.Rows{{Dim: 2, IDs: []uint32{1}, Data: []float32{1, 1}}}}
	for updates, dense := range []bool{true, true, false} {
		c := newChanges(shape, params, dense, nil)
		c.pending()
		c.acknowledged()
		for range max(updates, 1) {
			c.updated(g)
		}
		if got := c.pending(); got.Groups[0] || !slices.Equal(got.Rows[0], []uint32{0, 1, 2}) {
			t.Errorf("dense %v, %d updates: %+v", dense, max(updates, 1), got)
		}
	}
}
