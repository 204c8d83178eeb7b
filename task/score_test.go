package task

import (
	"math"
	"slices"
	"testing"

	"braid/data"
	"braid/job"
	"braid/nn"
)

// A score survives its encoding; an encoding that ends early is refused and changes nothing.
func TestScoreEncoding(t *testing.T) {
	for kind, size := range map[string]int{
		"classification": 2 + 3*4, "multilabel": 2 + 3*4, "tagging": 7, "regression": 1 + 7,
	} {
		s := NewScore(job.Task{Kind: kind}, 4)
		for i := range s.Counts {
			s.Counts[i] = uint64(i+1) << (5 * i % 60)
		}
		for i := range s.Sums {
			s.Sums[i] = math.Sqrt(float64(i + 2))
		}
		b := s.AppendBinary([]byte("before"))[len("before"):]
		if len(b) != 8*size {
			t.Errorf("%s: %d bytes, want %d numbers", kind, len(b), size)
		}
		got := NewScore(job.Task{Kind: kind}, 4)
		rest, err := got.Decode(append(b, "rest"...))
		if err != nil || string(rest) != "rest" || !slices.Equal(got.Counts, s.Counts) || !slices.Equal(got.Sums, s.Sums) {
			t.Errorf("%s: %v %v, rest %q, %v; want %v %v", kind, got.Counts, got.Sums, rest, err, s.Counts, s.Sums)
		}
		for n := range len(b) {
			if _, err := NewScore(job.Task{Kind: kind}, 4).Decode(b[:n]); err == nil {
				t.Errorf("%s: %d of %d bytes are accepted", kind, n, len(b))
			}
		}
	}
}

// Counts add up, and regression moves the means of its parts.
func TestScoresOfPartsAdd(t *testing.T) {
	a, b := NewScore(job.Task{Kind: "tagging"}, 2), NewScore(job.Task{Kind: "tagging"}, 2)
	copy(a.Counts, []uint64{1, 2, 3, 4, 5, 6, 7})
	copy(b.Counts, []uint64{10, 20, 30, 40, 50, 60, 70})
	if a.Add(b); !slices.Equal(a.Counts, []uint64{11, 22, 33, 44, 55, 66, 77}) {
		t.Error(a.Counts)
	}
	r := scoreOf([]float32{1, 2, 4, 8}, []float32{2, 2, 1, 9}, 2)
	want := scoreOf([]float32{1, 2, 4, 8}, []float32{2, 2, 1, 9}, 4)
	for i := range r.Sums {
		if math.Abs(r.Sums[i]-want.Sums[i]) > 1e-12 {
			t.Errorf("sum %d is %v of two parts, %v of the whole", i, r.Sums[i], want.Sums[i])
		}
	}
}

// Figures of counts by hand, and 0 where a denominator is 0.
func TestMetricsByHand(t *testing.T) {
	for _, c := range []struct {
		kind, scheme string
		counts       []uint64
		want         map[string]float64
	}{
		// F1: a 2·(1/2)(1/1)/(3/2) = 2/3; b 0 of 1 found; c neither found nor gold.
		{"classification", "", []uint64{4, 1, 1, 0, 0, 2, 2, 0, 1, 3, 0},
			map[string]float64{"accuracy": 0.25, "macro_f1": 1.0 / 3}},
		{"classification", "", make([]uint64, 11), map[string]float64{"accuracy": 0, "macro_f1": 0}},
		{"multilabel", "", []uint64{4, 3, 1, 0, 0, 2, 2, 0, 1, 3, 0},
			map[string]float64{"accuracy": 0.75, "micro_f1": 2 * 0.25 * 0.25 / 0.5, "macro_f1": 1.0 / 3}},
		{"multilabel", "", make([]uint64, 11), map[string]float64{"accuracy": 0, "micro_f1": 0, "macro_f1": 0}},
		{"tagging", "bio", []uint64{10, 7, 2, 4, 5, 4, 3},
			map[string]float64{"accuracy": 0.7, "sentence_accuracy": 0.75, "precision": 0.5, "recall": 0.4,
				"f1": 2 * 0.5 * 0.4 / 0.9}},
		{"tagging", "bio", make([]uint64, 7), map[string]float64{"accuracy": 0, "sentence_accuracy": 0, "precision": 0,
			"recall": 0, "f1": 0}},
		{"tagging", "bio", []uint64{10, 7, 0, 0, 5, 2, 1},
			map[string]float64{"accuracy": 0.7, "sentence_accuracy": 0.5, "precision": 0, "recall": 0, "f1": 0}},
		{"tagging", "plain", []uint64{10, 7, 0, 0, 0, 5, 2},
			map[string]float64{"accuracy": 0.7, "sentence_accuracy": 0.4}},
	} {
		s := NewScore(job.Task{Kind: c.kind, Scheme: c.scheme}, 3)
		copy(s.Counts, c.counts)
		got := s.Metrics()
		for name, want := range c.want {
			if v, ok := got[name]; !ok || !(math.Abs(v-want) <= 1e-12) {
				t.Errorf("%s %v: %s is %v, want %v", c.kind, c.counts, name, v, want)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s %v: metrics %v", c.kind, c.counts, got)
		}
	}
}

// Gold tags of words that the model does not see count as errors, and end no span early.
func TestWordsThatTheModelDoesNotSee(t *testing.T) {
	labels := data.NewLabels([]string{"O", "B-X", "I-X"})
	l := nn.NewLayout([]int32{1}, []int32{0}, 1)
	h, p := logitsPass("tagging", labels, l, 0, 1, 0)
	s := NewScore(job.Task{Kind: "tagging", Scheme: "bio"}, 3)
	gold := &Targets{Class: []int32{1}, Known: []int32{1}, Beyond: [][]int32{{2, 0}}, layout: l}
	if p.Count(gold, 0, s) {
		t.Error("an answer of one word to a text of three is right")
	}
	// Gold is one span of two words, found one span of one word.
	if want := []uint64{3, 1, 0, 1, 1, 1, 0}; !slices.Equal(s.Counts, want) {
		t.Errorf("counts %v, want %v", s.Counts, want)
	}
	best := NewScore(job.Task{Kind: "tagging", Scheme: "bio"}, 3)
	p.CountBest(gold, 0, best)
	if err := h.Check(s, best); err != nil {
		t.Error(err)
	}
}
