package plan

import (
	"math"
	"testing"
)

// The exponent falls from 1 in the first epoch to 1 - alpha in the last, by epochs. With one
// epoch it is 1.
func TestAnnealedExponents(t *testing.T) {
	sizes := Sizes{Tasks: []int{1000, 10}, Sets: []int{1000, 10}}
	for _, c := range []struct {
		epochs int
		want   []float64 // by epoch: the exponent
	}{
		{1, []float64{1}},
		{2, []float64{1, 0.2}},
		{5, []float64{1, 0.8, 0.6, 0.4, 0.2}},
	} {
		j := testJob("sampled", "annealed", 10, 2, 2)
		j.Training.Epochs = c.epochs
		p := planner(t, j, sizes)
		perEpoch := p.Steps() / uint64(c.epochs)
		if perEpoch != 101 {
			t.Fatalf("%d steps an epoch, want 100 batches of one task and 1 of the other", perEpoch)
		}
		for epoch, exponent := range c.want {
			a, b := math.Pow(1000, exponent), math.Pow(10, exponent)
			for _, step := range []uint64{0, perEpoch - 1} {
				got := p.Probabilities(uint64(epoch)*perEpoch + step)
				if math.Abs(got[0]-a/(a+b)) > 1e-12 || math.Abs(got[0]+got[1]-1) > 1e-12 {
					t.Errorf("epoch %d of %d, step %d: %v, want %v", epoch, c.epochs, step, got, a/(a+b))
				}
			}
		}
	}
}

// A job of steps that are no whole number of epochs counts the last part as an epoch.
func TestAnnealedCountsAPartOfAnEpoch(t *testing.T) {
	j := testJob("sampled", "annealed", 10, 2, 2)
	j.Training.Steps = 101 + 1
	p := planner(t, j, Sizes{Tasks: []int{1000, 10}, Sets: []int{1000, 10}})
	a, b := math.Pow(1000, 0.2), math.Pow(10, 0.2)
	if got := p.Probabilities(101); math.Abs(got[0]-a/(a+b)) > 1e-12 {
		t.Errorf("second epoch: %v, want %v", got[0], a/(a+b))
	}
}
