package main

import (
	"strings"
	"testing"

	"braid/data"
)

// A hint names the scale that brings numbers far from the usual size to a usual one.
func TestScaleHint(t *testing.T) {
	for _, c := range []struct {
		deviation, scale float64
		want             string
	}{{0.058, 1, ""}, {0.6, 1, ""}, {0, 1, ""}, {20, 1, "scale to 0.01 "}, {0.001, 1, "scale to 200 "},
		{40, 2, "scale to 0.01 "}} {
		got := scaleHint(&data.Vectors{Variance: c.deviation * c.deviation}, c.scale)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("deviation %v at scale %v: %q, want %q", c.deviation, c.scale, got, c.want)
		}
	}
}
