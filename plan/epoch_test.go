package plan

import (
	"fmt"
	"slices"
	"testing"

	"braid/internal/rng"
)

// Orders of small sizes are frozen: a change here changes every model.
func TestPermutationGolden(t *testing.T) {
	for n, want := range map[uint32]string{
		1: "[0]", 2: "[1 0]", 3: "[1 2 0]", 4: "[3 2 0 1]", 5: "[1 0 4 3 2]", 8: "[7 0 6 3 2 4 5 1]",
		16: "[15 0 11 3 9 8 5 1 14 12 10 6 2 4 13 7]",
		17: "[5 7 11 16 6 13 10 8 4 2 9 3 0 12 14 15 1]",
	} {
		if got := fmt.Sprint(orderOf(n, 7)); got != want {
			t.Errorf("the order of %d is %s, want %s", n, got, want)
		}
	}
}

func orderOf(n uint32, seed uint64) (all []uint32) {
	p := newPermutation(n, rng.Key{Seed: seed, Purpose: rng.Shuffle})
	for i := range n {
		all = append(all, p.at(i))
	}
	return all
}

// An order has every element once, and seeds give different orders.
func TestPermutation(t *testing.T) {
	for _, n := range []uint32{1, 2, 3, 4, 5, 15, 16, 17, 255, 256, 257, 1000} {
		order := orderOf(n, 1)
		sorted := slices.Sorted(slices.Values(order))
		for i, v := range sorted {
			if v != uint32(i) {
				t.Fatalf("%d: element %d is %d", n, i, v)
			}
		}
		if n > 10 && slices.Equal(order, orderOf(n, 2)) {
			t.Errorf("%d: two seeds give one order", n)
		}
	}
}
