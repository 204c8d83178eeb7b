package plan

import (
	"slices"
	"testing"

	"braid/internal/rng"
)

// A weight becomes its share of 2^32, rounded, and at least 1 unless it is 0.
func TestQuantum(t *testing.T) {
	for _, c := range []struct {
		w, sum float64
		want   uint64
	}{
		{0, 1, 0}, {-1, 1, 0}, {1, 1, 1 << 32}, {1, 4, 1 << 30}, {1e-12, 1, 1}, {1e-300, 1, 1},
		{1, 3, 1431655765}, {2, 3, 2863311531}, {1.4, 1 << 32, 1}, {1.6, 1 << 32, 2},
	} {
		if got := quantum(c.w, c.sum); got != c.want {
			t.Errorf("quantum(%v, %v) = %d, want %d", c.w, c.sum, got, c.want)
		}
	}
}

// A draw is where a random number modulo the sum of the shares falls.
func TestPick(t *testing.T) {
	weights := []float64{0, 1, 0, 2, 1, 0}
	seen := make([]int, len(weights))
	for i := range uint64(4000) {
		key := rng.Key{Seed: i}
		got := pick(weights, key.Stream())
		seen[got]++
		r := key.Stream().Uint64() % (1 << 32)
		want := 4
		if r < 1<<30 {
			want = 1
		} else if r < 3<<30 {
			want = 3
		}
		if got != want {
			t.Fatalf("seed %d: drew %d, want %d", i, got, want)
		}
	}
	if seen[0]+seen[2]+seen[5] > 0 || slices.Min([]int{seen[1], seen[3], seen[4]}) == 0 {
		t.Errorf("drew %v times", seen)
	}
}
