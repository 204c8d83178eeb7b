package task

import (
	"fmt"
	"math"
	"testing"

	"braid/data"
	"braid/job"
	"braid/nn"
)

// scored counts the answers of all texts of g, and the best answers.
func scored(h *Head, t job.Task, g *Targets, texts, labels int, answer func(i int, a *Decoded)) (s, best *Score) {
	s, best = NewScore(t, labels), NewScore(t, labels)
	p := h.NewPass()
	for i := range texts {
		answer(i, &p.answer)
		h.kind.count(h, p, g, i, s)
		p.CountBest(g, i, best)
	}
	return s, best
}

// Every score that answers can give passes the check, for all answers of two classes to three
// texts, or to texts of two words and one, and one gold label that training did not have.
func TestReachableScoresPass(t *testing.T) {
	labels := data.NewLabels([]string{"B-X", "O"})
	for _, kind := range []string{"classification", "multilabel", "tagging"} {
		task := job.Task{Kind: kind, Decoder: "linear", Pooling: "max", Scheme: "bio"}
		h := NewHead(task, labels, Hidden{width, 1, job.PerWord})
		l := nn.NewLayout([]int32{2, 1}, []int32{0, 0}, 1)
		g := &Targets{Class: []int32{0, 1, 2}, Sets: []float32{1, 0, 1, 1, 0, 0}, Extra: []int32{0, 0, 2}, layout: l}
		texts, n := 3, 3
		if kind == "tagging" {
			texts, n = 2, 2
			g.Class[2] = 1
		}
		g.setKnown(2)
		reached := map[string]bool{}
		for bits := range 64 {
			s, best := scored(h, task, g, texts, n, func(i int, a *Decoded) {
				two := bits >> (2 * i)
				a.Classes = []int32{int32(two & 1), int32(two >> 1 & 1)}[:l.Lengths[min(i, 1)]]
				a.Set = []bool{two&1 == 1, two>>1&1 == 1}
			})
			reached[fmt.Sprint(s.Counts)] = true
			if err := h.Check(s, best); err != nil {
				t.Errorf("%s: answers %06b: %v: %v of at best %v", kind, bits, err, s.Counts, best.Counts)
			}
		}
		if len(reached) < 6 {
			t.Errorf("%s: only %d scores", kind, len(reached))
		}
	}
}

// TestImpossibleCountsAreRefused changes a possible score by hand.
func TestImpossibleCountsAreRefused(t *testing.T) {
	labels := data.NewLabels([]string{"a", "b"})
	for _, c := range []struct {
		name, kind, scheme string
		best, possible     []uint64 // counts
		change             map[int]int64
	}{
		// Counts: all, right; correct a b c; found a b c; gold a b c. c was not in training.
		{"other number of examples", "classification", "", class10, class10, map[int]int64{0: 1, 5: 1}},
		{"more right than the best", "classification", "", class10, class10, map[int]int64{1: 1, 2: 1, 5: 1, 6: -1}},
		{"other gold", "classification", "", class10, class10, map[int]int64{8: 1, 9: -1}},
		{"found a label not in training", "classification", "", class10, class10, map[int]int64{6: -1, 7: 1, 1: -1, 3: -1}},
		{"correct more often than found", "classification", "", class10, class10, map[int]int64{5: -3, 6: 3}},
		{"correct more often than gold", "classification", "", class10, class10, map[int]int64{2: 2, 3: -2, 5: 2, 6: -2}},
		{"right is not the sum of correct", "classification", "", class10, class10, map[int]int64{1: -1}},
		{"found is not one per example", "classification", "", class10, class10, map[int]int64{6: 1}},
		{"more sets right than the best", "multilabel", "", set4, set4, map[int]int64{1: 1}},
		{"found more often than examples", "multilabel", "", set4, set4, map[int]int64{5: 3}},
		{"fewer errors than wrong examples", "multilabel", "", set4, set4, map[int]int64{1: -1}},
		{"more errors than labels", "multilabel", "", set4, set4, map[int]int64{1: 1, 5: 1, 2: -3, 6: 1, 3: -1}},
		// Counts: words, right, correct, found and gold spans, texts, right.
		{"other number of words", "tagging", "bio", tag8, tag8, map[int]int64{0: 1}},
		{"more words right than the best", "tagging", "bio", tag8, tag8, map[int]int64{1: 1}},
		{"other gold spans", "tagging", "bio", tag8, tag8, map[int]int64{4: 1}},
		{"more spans than words", "tagging", "bio", tag8, tag8, map[int]int64{3: 7}},
		{"more spans correct than found", "tagging", "bio", tag8, tag8, map[int]int64{2: 1, 3: -1}},
		{"more spans correct than gold", "tagging", "bio", tag8, tag8, map[int]int64{2: 2, 3: 2}},
		{"all words right, a span missing", "tagging", "bio", tag9, tag9, map[int]int64{2: -1}},
		{"all words right, a span too many", "tagging", "bio", tag9, tag9, map[int]int64{3: 1}},
		{"other number of texts", "tagging", "bio", tag8, tag8, map[int]int64{5: 1}},
		{"more texts right than the best", "tagging", "bio", tag9, tag9, map[int]int64{6: 1}},
		{"more texts wrong than words", "tagging", "bio", tag8, tag8, map[int]int64{6: -2}},
		{"a wrong word in no text", "tagging", "bio", tag9, tag8, map[int]int64{6: 1}},
		{"a wrong text without a wrong word", "tagging", "plain", plain9, plain9, map[int]int64{1: 2}},
		{"plain tags with a span", "tagging", "plain", plain9, plain9, map[int]int64{3: 1}},
	} {
		task := job.Task{Kind: c.kind, Decoder: "linear", Pooling: "max", Scheme: c.scheme}
		h := NewHead(task, labels, Hidden{width, 1, job.PerWord})
		s, best := NewScore(task, 3), NewScore(task, 3)
		copy(best.Counts, c.best)
		copy(s.Counts, c.possible)
		if err := h.Check(s, best); err != nil {
			t.Errorf("%s: the score before is refused: %v", c.name, err)
		}
		for i, d := range c.change {
			s.Counts[i] += uint64(d)
		}
		if h.Check(s, best) == nil {
			t.Errorf("%s: %v is accepted; at best %v", c.name, s.Counts, best.Counts)
		}
	}
}

var (
	// Ten examples, 5 a, 4 b, 1 c: 4 a and 3 b are right.
	class10 = []uint64{10, 7, 4, 3, 0, 5, 5, 0, 5, 4, 1}
	// Four examples with 3 a, 2 b and one c: two are right, one lacks a, one lacks c.
	set4   = []uint64{4, 2, 2, 2, 0, 2, 2, 0, 3, 2, 1}
	tag8   = []uint64{9, 7, 3, 4, 4, 4, 3}
	tag9   = []uint64{9, 9, 4, 4, 4, 4, 4}
	plain9 = []uint64{9, 7, 0, 0, 0, 4, 3}
)

// A regression score with one changed sum is refused, whichever sum it is.
func TestImpossibleSumsAreRefused(t *testing.T) {
	x, y := []float32{1, 2, 4, 8}, []float32{1.5, 2, 3, 9}
	got, best := scoreOf(x, y, 4), scoreOf(y, y, 4)
	check := func() error { return (regression{}).check(nil, got, best) }
	if err := check(); err != nil {
		t.Fatal(err)
	}
	for i, was := range got.Sums {
		wrong := []float64{was + 0.5, was - 0.5, was * 1.01, -was - 1, -0.25, 4 * was, math.MaxFloat64}
		if i == absolute { // from 4 times the distance of the means to the root of 4 times squared
			wrong = []float64{0.499, 3.001, -1}
		}
		for _, v := range wrong {
			if got.Sums[i] = v; check() == nil {
				t.Errorf("sum %d: %v is accepted in place of %v", i, v, was)
			}
		}
		got.Sums[i] = was
	}
	if got.Counts[0]++; check() == nil {
		t.Error("another number of examples is accepted")
	}
	got = scoreOf(y, y, 4)
	if got.Sums[squared] = -1e-300; check() == nil {
		t.Error("a negative sum of squares is accepted")
	}
	// With equal means the distance of the means is no lower bound.
	got = scoreOf([]float32{2, 1}, []float32{1, 2}, 2)
	best = scoreOf([]float32{1, 2}, []float32{1, 2}, 2)
	if err := check(); err != nil {
		t.Fatal(err)
	}
	if got.Sums[absolute] = -0.5; check() == nil {
		t.Error("a negative sum of distances is accepted")
	}
}

func TestFinite(t *testing.T) {
	s := NewScore(job.Task{Kind: "regression"}, 0)
	if !s.Finite() {
		t.Error("0 is not finite")
	}
	for i := range s.Sums {
		for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			if s.Sums[i] = v; s.Finite() {
				t.Errorf("sum %d is %v, and the score is finite", i, v)
			}
		}
		s.Sums[i] = math.MaxFloat64
	}
}
