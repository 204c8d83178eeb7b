package plan

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var measureSizes = Sizes{Tasks: []int{40, 33, 5}, Sets: []int{43, 33}}

var ignoreMemory = cmpopts.IgnoreUnexported(Stream{})

// A measurement has every task twice, on examples that differ between the halves, between steps and from the batch of
// the step. It depends on nothing that was planned before.
func TestMeasure(t *testing.T) {
	for _, mode := range []string{"sampled", "joint"} {
		j := testJob(mode, "proportional", 8, 3, 3)
		p := planner(t, j, measureSizes)
		var s, again Step
		p.FillMeasure(&s, 4)
		if !s.Apart || !s.Measure || s.Trees() != 2*len(j.Tasks) {
			t.Fatalf("%s: %d trees, apart %v", mode, s.Trees(), s.Apart)
		}
		half := len(s.Streams) / 2
		for i := range half {
			a, b := s.Streams[i], s.Streams[half+i]
			if a.Set != b.Set || !slices.Equal(a.Tasks, b.Tasks) || len(a.Shards) != 3 || len(b.Shards) != 3 {
				t.Errorf("%s: the halves of stream %d are %+v and %+v", mode, i, a, b)
			}
			one, two := slices.Concat(a.Shards...), slices.Concat(b.Shards...)
			if want := min(8, p.every()[i].size); len(one) != want/2 || len(one)+len(two) != want {
				t.Errorf("%s: halves of %d and %d examples, want %d", mode, len(one), len(two), want)
			}
			all := append(one, two...)
			slices.Sort(all)
			if len(slices.Compact(slices.Clone(all))) != len(all) {
				t.Errorf("%s: examples %v", mode, all)
			}
		}
		later := p.At(9)
		p.FillMeasure(&again, 4)
		if diff := cmp.Diff(s, again, ignoreMemory); diff != "" {
			t.Errorf("%s: another plan after step 9:\n%s", mode, diff)
		}
		p.FillMeasure(&again, 8)
		if cmp.Equal(s.Streams, again.Streams, ignoreMemory) {
			t.Errorf("%s: steps 4 and 8 are measured on the same examples", mode)
		}
		fresh := planner(t, j, measureSizes)
		if diff := cmp.Diff(fresh.At(9), later, ignoreMemory); diff != "" {
			t.Errorf("%s: step 9 is another after a measurement:\n%s", mode, diff)
		}
		if got := fresh.At(9); got.Measure || got.Apart {
			t.Errorf("%s: a training step is %+v", mode, got)
		}
	}
}

func TestMeasureDue(t *testing.T) {
	for every, want := range map[int][]uint64{0: nil, 1: {0, 1, 2, 3, 4, 5, 6}, 3: {0, 3, 6}} {
		j := testJob("sampled", "uniform", 8, 3, 3)
		j.Training.Measure.Every = every
		p := planner(t, j, measureSizes)
		var got []uint64
		for step := range uint64(7) {
			if p.MeasureDue(step) {
				got = append(got, step)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("every %d: measured before steps %v, want %v", every, got, want)
		}
	}
}
