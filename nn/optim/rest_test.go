package optim

import (
	"math"
	"slices"
	"testing"

	"braid/gradient"
)

// What is added to parameters is bfloat16 and all that they change by; and they stay as
// close to those of float32 as one rounding of one update, however many there are.
func TestWhatIsAdded(t *testing.T) {
	const updates = 40
	for name, c := range configs {
		for _, dense := range []bool{false, true} {
			for _, dim := range []int{11, 2 * longRow} {
				c.Dense, c.Threads = dense, 2
				full := table(model(1), dim)
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
						for k, was := range before.Groups[i].Data {
							if group.Data[k] == was {
								continue
							}
							added := b.Added().Groups[i].Data[k]
							if math.Float32bits(added)&0xffff != 0 {
								t.Fatalf("%s: %x was added, which is no bfloat16", name, added)
							}
							if was+added != group.Data[k] {
								t.Fatalf("%s: %v and %v are not %v", name, was, added, group.Data[k])
							}
						}
					}
				}
				for i, g := range full.Groups {
					for k, want := range g.Data {
						added := math.Abs(float64(b.Added().Groups[i].Data[k]))
						bound := added/256 + updates*math.Abs(float64(want))/(1<<23)
						if got := rounded.Groups[i].Data[k]; math.Abs(float64(got-want)) > bound {
							t.Fatalf("%s, dense %v, rows of %d: %s has %v, with float32 %v; the last update added %v", name, dense, dim, g.Name, got, want, added)
						}
					}
				}
				if slices.Equal(full.Groups[0].Data, rounded.Groups[0].Data) {
					t.Errorf("%s: nothing was rounded", name)
				}
			}
		}
	}
}
