package nn

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Carry copies the elements whose names occur in both parameters, found one by one, and no others.
func TestCarry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var to, from []int
		var names, old Axes
		for d := range rapid.IntRange(1, 3).Draw(t, "dimensions") {
			if rapid.Bool().Draw(t, "named") {
				names, old = append(names, drawNames(t, d)), append(old, drawNames(t, d))
				to, from = append(to, len(names[d])), append(from, len(old[d]))
				continue
			}
			n := rapid.IntRange(1, 3).Draw(t, "length")
			names, old, to, from = append(names, nil), append(old, nil), append(to, n), append(from, n)
		}
		dst, src := numbered(to, 1000), numbered(from, 2000)
		before := slices.Clone(dst.Data)
		Carry(dst, src, names, old)
		values := map[string]float32{}
		for i, v := range src.Data {
			values[nameAt(i, from, old)] = v
		}
		for i, got := range dst.Data {
			want, ok := values[nameAt(i, to, names)]
			if !ok {
				want = before[i]
			}
			if got != want {
				t.Fatalf("element %d of %v from %v is %v, want %v (names %q, old %q)", i, to, from, got, want, names, old)
			}
		}
	})
}

func drawNames(t *rapid.T, d int) []string {
	all := rapid.Permutation([]string{"a", "b", "c", "d"}).Draw(t, "names")
	return all[:rapid.IntRange(0, len(all)).Draw(t, "number of names")]
}

func numbered(shape []int, first int) Param {
	p := Param{Name: "p", Shape: shape, Data: make([]float32, Size([]Spec{{Shape: shape}}))}
	for i := range p.Data {
		p.Data[i] = float32(first + i)
	}
	return p
}

// nameAt returns the names of an element's indexes.
func nameAt(i int, shape []int, names Axes) (all string) {
	for d, n := range slices.Backward(shape) {
		name := fmt.Sprint("#", i%n)
		if names[d] != nil {
			name = names[d][i%n]
		}
		all, i = name+"|"+all, i/n
	}
	return all
}

func TestCarryRefusesOtherShapes(t *testing.T) {
	for _, c := range []struct {
		to, from   []int
		names, old Axes
	}{
		{[]int{2}, []int{3}, nil, nil},
		{[]int{2, 3}, []int{2}, nil, nil},
		{[]int{2, 3}, []int{2, 4}, Axes{{"a", "b"}}, Axes{{"a", "b"}}},
		{[]int{2}, []int{2}, Axes{{"a", "b"}}, nil},
	} {
		if CanCarry(c.to, c.from, c.names, c.old) {
			t.Errorf("%v can be carried into %v", c.from, c.to)
		}
	}
}
