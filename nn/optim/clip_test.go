package optim

import (
	"math"
	"testing"

	"braid/gradient"
)

// The factor is max/(norm + 1e-6): exact values by hand, next to a norm of that size.
func TestClipByHand(t *testing.T) {
	for _, c := range []struct {
		norm, max float64
		want      float32 // in place of 8
	}{
		{1e-6, 1e-6, 4},
		{1e-6, 5e-7, 2},
		{3e-6, 1e-6, 2},
		{1e-6, 2e-6, 8}, // a factor of 1
		{1e-6, 3e-6, 8},
		{10, 5, float32(8 * float32(5/(10+1e-6)))},
		{10, 0, 8},
		{10, -1, 8},
		{math.Inf(1), 5, 8},
		{math.NaN(), 5, 8},
	} {
		g := &gradient.Gradient{Dense: [][]float32{{8}}, Rows: make([]gradient.Rows, 1), Loss: []gradient.Loss{{Sum: 3}}}
		Clip(g, c.norm, c.max)
		if got := g.Dense[0][0]; got != c.want || g.Loss[0].Sum != 3 {
			t.Errorf("norm %v, max %v: 8 becomes %v, want %v; loss %v", c.norm, c.max, got, c.want, g.Loss[0].Sum)
		}
	}
}
