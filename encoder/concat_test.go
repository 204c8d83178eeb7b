package encoder

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/nn"
)

// The rows are those of the parts side by side, and each part gets the gradient of its columns.
func TestConcatOfParts(t *testing.T) {
	widths := []int{6, 3, 4}
	var parts []Encoder
	for k, d := range widths {
		e := featuresJob(job.FeaturesHashed, 0.4)
		if e.Word.Dim = d; k == 1 {
			e.Word.Features = job.FeaturesOff
		}
		parts = append(parts, newEmbedding(Spec{Job: e, Words: 9, Unknown: []uint32{0, 1, 2, 3, 4, 0, 1, 7, 8},
			Input: func(string) data.Input { return someFeatures{} }}))
	}
	for _, dropout := range []float32{0, 0.5} {
		s := newSceneOf(featuresJob(job.FeaturesHashed, 0.4))
		s.e = newConcat(inputDropout{elements: nn.Dropout{P: dropout, Place: 1}}, parts...)
		s.groups = nil
		r := rand.New(rand.NewPCG(1, 2))
		for _, spec := range s.e.Groups() {
			g := spec.New()
			copy(g.Data, normal(r, len(g.Data)))
			s.groups = append(s.groups, g)
		}
		w, p := s.weights(true), s.e.NewPass()
		x := slices.Clone(p.Forward(w, &s.block))
		dx := normal(r, len(x))
		p.Backward(w, dx)
		n, width, at, first := s.block.Layout.N(), 13, 0, 0
		mask := slices.Repeat([]float32{1}, n*width)
		nn.Dropout{P: dropout, Place: 1}.Apply(mask, mask, s.block.Layout, width, s.block.Masks)
		if slices.Contains(mask, 0) != (dropout > 0) {
			t.Errorf("dropout %v has the mask %v", dropout, mask)
		}
		for k, own := range widths {
			alone, groups := scene{e: parts[k], block: s.block}, len(parts[k].Groups())
			alone.groups = s.groups[first : first+groups]
			v, q := alone.weights(true), parts[k].NewPass()
			hidden := slices.Clone(q.Forward(v, &alone.block))
			for i := range hidden {
				c := i/own*width + at + i%own
				if hidden[i]*mask[c] != x[c] {
					t.Fatalf("part %d, row %d, column %d: %v, want %v", k, i/own, i%own, x[c], hidden[i]*mask[c])
				}
				hidden[i] = dx[c] * mask[c]
			}
			q.Backward(v, hidden)
			for shard := range s.block.Layout.S() {
				for i := range groups {
					var got, want gradient.Rows
					p.Rows(first+i, shard, &got)
					q.Rows(i, shard, &want)
					if fmt.Sprint(got) != fmt.Sprint(want) || len(got.IDs) == 0 {
						t.Errorf("part %d, shard %d, group %d: %v, want %v", k, shard, i, got, want)
					}
				}
			}
			at, first = at+own, first+groups
		}
	}
}
