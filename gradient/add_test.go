package gradient

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"braid/internal/kernel"
)

// sum adds two gradients number by number, without Gradient.Add: the expected value.
func sum(a, b *Gradient, p Precision) *Gradient {
	round := func(x float32) float32 {
		one := []float32{x}
		if p == BF16 {
			kernel.RoundBF16(one)
		}
		return one[0]
	}
	out := &Gradient{Dense: make([][]float32, len(a.Dense)), Rows: make([]Rows, len(a.Rows)),
		Loss: make([]Loss, len(a.Loss))}
	for slot := range a.Dense {
		for _, g := range []*Gradient{a, b} {
			for i, v := range g.Dense[slot] {
				if len(out.Dense[slot]) <= i {
					out.Dense[slot] = append(out.Dense[slot], 0)
				}
				out.Dense[slot][i] += v
			}
		}
		for i, v := range out.Dense[slot] {
			out.Dense[slot][i] = round(v)
		}
		rows := map[uint32][]float32{}
		for _, r := range []Rows{a.Rows[slot], b.Rows[slot]} {
			for i, id := range r.IDs {
				if rows[id] == nil {
					rows[id] = make([]float32, r.Dim)
				}
				for k := range r.Dim {
					rows[id][k] += r.Data[i*r.Dim+k]
				}
			}
		}
		out.Rows[slot].Dim = max(a.Rows[slot].Dim, b.Rows[slot].Dim)
		for id := range uint32(9) {
			if row, ok := rows[id]; ok {
				out.Rows[slot].IDs = append(out.Rows[slot].IDs, id)
				for _, v := range row {
					out.Rows[slot].Data = append(out.Rows[slot].Data, round(v))
				}
			}
		}
	}
	for t := range a.Loss {
		out.Loss[t] = Loss{a.Loss[t].Sum + b.Loss[t].Sum, a.Loss[t].Weight + b.Loss[t].Weight}
	}
	return out
}

// Add equals the sum number by number, rows that both children touched among them, and leaves
// its argument as it is.
func TestAddIsTheSum(t *testing.T) {
	shared := 0
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		p := Precision(rapid.IntRange(0, 1).Draw(t, "precision"))
		a, b := random(r), random(r)
		a.Round(p)
		b.Round(p)
		want, before := sum(a, b, p), b.Hash()
		for _, id := range a.Rows[1].IDs {
			for _, other := range b.Rows[1].IDs {
				if id == other {
					shared++
				}
			}
		}
		a.Add(b, p)
		if a.Hash() != want.Hash() {
			t.Fatalf("got  %v %v %v\nwant %v %v %v", a.Dense, a.Rows, a.Loss, want.Dense, want.Rows, want.Loss)
		}
		if b.Hash() != before {
			t.Fatal("the right child has changed")
		}
	})
	if shared == 0 {
		t.Error("no two gradients share a row")
	}
}

// AddExcept leaves the marked slots alone and adds the others.
func TestAddExcept(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for slot := range shape.Slots {
		a, b := random(r), random(r)
		was := copyOf(a)
		want := sum(a, b, F32)
		want.Dense[slot], want.Rows[slot] = was.Dense[slot], was.Rows[slot]
		except := make([]bool, len(shape.Slots))
		except[slot] = true
		if a.AddExcept(b, except, F32); a.Hash() != want.Hash() {
			t.Errorf("slot %d: another sum", slot)
		}
	}
}
