package main

import (
	"math"
	"testing"
)

func TestFitFindsALine(t *testing.T) {
	x := []float64{1, 2, 4, 8}
	for _, want := range []line{{3, 2}, {0, 5}, {7, 0}} {
		var y []float64
		for _, v := range x {
			y = append(y, want.at(v))
		}
		got := fit(x, y)
		if math.Abs(got.A-want.A) > 1e-9 || math.Abs(got.B-want.B) > 1e-9 {
			t.Errorf("fit of %v gives %v", want, got)
		}
	}
}

func TestFitHasNoNegativeCost(t *testing.T) {
	if l := fit([]float64{1, 2, 4}, []float64{3, 2, 1}); l.B != 0 || l.A != 2 {
		t.Errorf("falling costs: %v, want the mean", l)
	}
	if l := fit([]float64{1, 2}, []float64{1, 4}); l.A != 0 || l.B <= 0 {
		t.Errorf("steep costs: %v, want a line through 0", l)
	}
}

func TestPredictSharesTheBatch(t *testing.T) {
	m := Model{Shards: 8, Fleet: line{A: 8}}
	for machines, want := range map[int]float64{1: 8, 2: 4, 3: 3, 8: 1, 64: 1} {
		if got := m.predict(machines, 1, 1).Compute; math.Abs(got-want) > 1e-12 {
			t.Errorf("%d machines compute for %v s, want %v", machines, got, want)
		}
	}
	if got := m.predict(64, 1, 8).Compute; got != 1 {
		t.Errorf("64 machines with 8 times the batch compute for %v s, want 1", got)
	}
}
