package main

import (
	"math"
	"strings"
	"testing"

	"braid/measure"
)

// The picture is well-formed and shows every known cosine of both matrices.
func TestDrawCosines(t *testing.T) {
	unknown := measure.Figure(math.NaN())
	a := &measure.Agreement{
		Raw:    [][]measure.Figure{{1, -0.25}, {-0.25, 1}},
		Cosine: [][]measure.Figure{{1, 0.75}, {0.75, unknown}},
	}
	picture := drawCosines([]string{"a<b", "c"}, a, 7)
	if n := elements(t, picture)["rect"]; n != 1+8 {
		t.Errorf("%d rectangles, want the background and 8 cells", n)
	}
	for text, want := range map[string]int{"-0.25<": 2, "0.75<": 2, "1.00<": 3, "a&lt;b": 1, "#bbbbbb": 1,
		"#5ba3d9": 3, "7 measurements": 1} {
		if n := strings.Count(picture, text); n != want {
			t.Errorf("%q is there %d times, want %d", text, n, want)
		}
	}
}
