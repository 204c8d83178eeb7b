package encoder

import (
	"slices"
	"testing"

	"braid/gradient"
	"braid/job"
)

// columnScene has an encoder of one column alone, with 12 values and vectors of 3 numbers.
func columnScene(unknown float64) *scene {
	s := newSceneOf(job.Encoder{Kind: "lstm", Word: job.Word{Dim: 3},
		Columns: []job.Column{{Field: "pos", Dim: 3, Unknown: unknown}}, LSTM: job.LSTM{Hidden: 2, Layers: 1}})
	s.e, s.groups = s.e.(*lstm).input.(*concat).parts[1], s.groups[len(s.groups)-1:]
	return s
}

// A word has the vector of its value. Training replaces values by the unknown one, whose row then
// has a gradient; evaluation never does. A word without a value is unknown.
func TestColumnReadsValues(t *testing.T) {
	for _, c := range []struct {
		unknown      float64
		training     bool
		fewest, most int // replaced words, of 16
	}{{0, true, 0, 0}, {0.5, false, 0, 0}, {0.5, true, 1, 15}} {
		s := columnScene(c.unknown)
		if !c.training {
			s.block.Masks = nil
		}
		p, table := s.e.NewPass(), s.groups[0].Data
		x := slices.Clone(p.Forward(s.weights(true), &s.block))
		values, replaced, without := s.block.Corpus.Columns[0], 0, 0
		sums := map[uint32][]float32{}
		for r, place := range appendPlaces(nil, &s.block) {
			id := uint32(0)
			if values.Off[place] < values.Off[place+1] {
				id = values.IDs[values.Off[place]]
			} else {
				without++
			}
			got := x[3*r : 3*r+3]
			if !slices.Equal(got, table[3*id:3*id+3]) {
				if replaced++; !slices.Equal(got, table[:3]) {
					t.Fatalf("row %d is %v, neither of value %d nor unknown", r, got, id)
				}
				id = 0
			}
			if sums[id] == nil {
				sums[id] = make([]float32, 3)
			}
			for i := range 3 {
				sums[id][i] += float32(r + i)
			}
		}
		if replaced < c.fewest || replaced > c.most || without == 0 {
			t.Errorf("%+v: %d words are replaced, %d have no value", c, replaced, without)
		}
		dx := make([]float32, len(x))
		for r := range len(x) / 3 {
			for i := range 3 {
				dx[3*r+i] = float32(r + i)
			}
		}
		p.Backward(s.weights(true), dx)
		got := map[uint32][]float32{}
		for shard := range s.block.Layout.S() {
			var rows gradient.Rows
			p.Rows(0, shard, &rows)
			for e, id := range rows.IDs {
				if got[id] == nil {
					got[id] = make([]float32, 3)
				}
				for i := range 3 {
					got[id][i] += rows.Data[3*e+i]
				}
			}
		}
		for id, want := range sums {
			if !slices.Equal(got[id], want) {
				t.Errorf("%+v: gradient of value %d is %v, want %v", c, id, got[id], want)
			}
		}
	}
}
