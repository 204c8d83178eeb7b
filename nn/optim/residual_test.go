package optim

import (
	"math"
	"slices"
	"testing"

	"braid/gradient"
	"braid/nn"
)

// Increments are bfloat16, and parameters change by nothing else. After any number of updates
// parameters differ from those of float32 by at most the rounding error of one increment.
func TestIncrements(t *testing.T) {
	for name, c := range configs {
		for _, dense := range []bool{false, true} {
			for _, dim := range []int{11, 2 * longRow} {
				c.Dense, c.Threads = dense, 2
				checkIncrements(t, name, c, dim)
			}
		}
	}
}

func checkIncrements(t *testing.T, name string, c Config, dim int) {
	const updates = 40
	full := table(modelOf(pieceSize+7, 500, 1), dim)
	rounded := full.Clone()
	c.Precision = gradient.F32
	a := New(c, full)
	c.Precision = gradient.BF16
	b := New(c, rounded)
	for i := range uint64(updates) {
		g, before := step(full, i), rounded.Clone()
		a.Update(full, g, 0.01)
		b.Update(rounded, g, 0.01)
		for i, group := range rounded.Groups {
			checkSums(t, name, before.Groups[i].Data, b.Sent().Groups[i].Data, group.Data)
		}
	}
	if a.Sent() != nil {
		t.Errorf("%s: increments with float32", name)
	}
	for i, g := range full.Groups {
		sent := b.Sent().Groups[i]
		if sent.Name != g.Name || sent.Dim != g.Dim {
			t.Errorf("%s: the increments of %s (%d) are called %s (%d)", name, g.Name, g.Dim, sent.Name, sent.Dim)
		}
		for k, want := range g.Data {
			bound := math.Abs(float64(sent.Data[k]))/256 + updates*math.Abs(float64(want))/(1<<23)
			if got := rounded.Groups[i].Data[k]; math.Abs(float64(got-want)) > bound {
				t.Fatalf("%s, dense %v, rows of %d: %s has %v, with float32 %v; the last increment is %v",
					name, c.Dense, dim, g.Name, got, want, sent.Data[k])
			}
		}
	}
	if slices.Equal(full.Groups[0].Data, rounded.Groups[0].Data) {
		t.Errorf("%s: nothing was rounded", name)
	}
}

// checkSums holds every parameter that changed against its increment.
func checkSums(t *testing.T, name string, before, sent, after []float32) {
	for k, was := range before {
		if after[k] == was {
			continue
		}
		if math.Float32bits(sent[k])&0xffff != 0 {
			t.Fatalf("%s: the increment %v is no bfloat16", name, sent[k])
		}
		if was+sent[k] != after[k] {
			t.Fatalf("%s: %v and %v are not %v", name, was, sent[k], after[k])
		}
	}
}

// With a restored state an update has the bits that it would have had: the residual is in it.
func TestRestoreKeepsTheResidual(t *testing.T) {
	c := configs["adam"]
	c.Precision = gradient.BF16
	ps := model(1)
	o := New(c, ps)
	o.Update(ps, step(ps, 1), 1)
	copied, resumed := ps.Clone(), New(c, ps)
	if err := resumed.Restore(o.State()); err != nil {
		t.Fatal(err)
	}
	o.Update(ps, step(ps, 2), 1)
	resumed.Update(copied, step(ps, 2), 1)
	sameGroups(t, ps, copied)
}

func sameGroups(t *testing.T, got, want *nn.ParamSet) {
	t.Helper()
	for i, g := range got.Groups {
		if !slices.Equal(g.Data, want.Groups[i].Data) {
			t.Errorf("group %s differs", g.Name)
		}
	}
}
