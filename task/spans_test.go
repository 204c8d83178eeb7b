package task

import (
	"math/rand/v2"
	"slices"
	"testing"

	"braid/data"
	"braid/job"
	"braid/nn"
)

// The answer of a tagging head has the spans of its tags, each with a probability.
func TestAnswerHasTheSpansOfItsTags(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	h := NewHead(job.Task{Decoder: "linear", Kind: "tagging", Scheme: "bio"},
		data.NewLabels([]string{"O", "B-A", "I-A", "B-B", "I-B"}), Hidden{width, 2, job.PerWord})
	layout := nn.NewLayout([]int32{9, 7, 1}, []int32{0, 0, 0}, 1)
	group := nn.NewGroup("head", h.Specs())
	for i := range group.Data {
		group.Data[i] = float32(r.NormFloat64())
	}
	hidden := make([]float32, layout.N()*width)
	for i := range hidden {
		hidden[i] = float32(r.NormFloat64())
	}
	pass, weights := h.NewPass(), h.NewWeights()
	weights.Pack(group.Params, false)
	pass.Forward(weights, layout, hidden)
	spans, less := 0, 0
	for i := range 3 {
		a := pass.Answer(i)
		var got []Span
		for _, s := range a.Spans {
			got = append(got, s.Span)
			if !(s.Probability > 0 && s.Probability <= 1) {
				t.Errorf("text %d: span %v has probability %v", i, s.Span, s.Probability)
			}
			least := slices.Min(a.Confidence[s.Start:s.End])
			switch p := float64(s.Probability); {
			case p > least+1e-6:
				t.Errorf("text %d: span %v has probability %v, a tag of it %v", i, s.Span, p, least)
			case p < least-1e-6:
				less++
			}
		}
		if want := Spans(nil, a.Tags); !slices.Equal(got, want) {
			t.Errorf("text %d: spans %v, tags %v", i, got, a.Tags)
		}
		spans += len(got)
	}
	if spans == 0 || less == 0 {
		t.Errorf("of %d spans %d are less probable than their tags, want some", spans, less)
	}
}

func TestLeastOf(t *testing.T) {
	got := leastOf(Answer{Tags: []string{"O", "B-A", "I-A", "B-B"}, Confidence: []float64{0.1, 0.75, 0.5, 1}})
	want := []ScoredSpan{{Span{"A", 1, 3}, 0.5}, {Span{"B", 3, 4}, 1}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
