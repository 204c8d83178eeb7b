package task

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"braid/data"
	"braid/job"
	"braid/nn"
)

// logitsPass is a pass of a linear head whose logits are given, (rows, classes).
func logitsPass(kind string, labels *data.Labels, l *nn.Layout, logits ...float32) (*Head, *Pass) {
	t := job.Task{Kind: kind, Decoder: "linear", Pooling: "mean", Scheme: "bio"}
	h := NewHead(t, labels, Hidden{width, 1, job.PerWord})
	p := h.NewPass()
	d := p.decoder.(*linearPass)
	d.layout, d.logits = l, logits
	return h, p
}

// Answers carry the names of their classes and the probabilities of softmax or sigmoid.
func TestAnswers(t *testing.T) {
	labels := data.NewLabels([]string{"a", "b", "c"})
	two := nn.NewLayout([]int32{1, 1}, []int32{0, 0}, 1)
	e := math.E

	_, p := logitsPass("classification", labels, two, 0, 0, 0, 1, 2, 1)
	a := p.Answer(1)
	if a.Label != "b" || len(a.Probabilities) != 3 ||
		math.Abs(a.Probabilities["b"]-e/(e+2)) > 1e-6 || math.Abs(a.Probabilities["c"]-1/(e+2)) > 1e-6 {
		t.Errorf("classification: %+v", a)
	}
	if a := p.Answer(0); a.Label != "a" || math.Abs(a.Probabilities["a"]-1.0/3) > 1e-6 {
		t.Errorf("classification among equals: %+v", a)
	}

	_, p = logitsPass("multilabel", labels, two, 9, 9, 9, 1, 0, -1)
	a = p.Answer(1)
	if fmt.Sprint(a.Labels) != "[a]" || len(a.Probabilities) != 3 || math.Abs(a.Probabilities["c"]-1/(1+e)) > 1e-6 {
		t.Errorf("multilabel: %+v", a)
	}
	_, p = logitsPass("multilabel", labels, two, -1, -1, -1, 1, 1, 1)
	if a = p.Answer(0); a.Labels == nil || len(a.Labels) != 0 {
		t.Errorf("multilabel without a label: %+v", a)
	}

	_, p = logitsPass("regression", nil, two, 3, 4.5)
	if a = p.Answer(1); a.Value != 4.5 || a.Probabilities != nil {
		t.Errorf("regression: %+v", a)
	}

	// Texts of 3 and 2 words: rows are word 0 of both, word 1 of both, word 2 of the first.
	tagged := nn.NewLayout([]int32{3, 2}, []int32{0, 0}, 1)
	tags := data.NewLabels([]string{"O", "B-X"}) // ids: O 0, B-X 1
	_, p = logitsPass("tagging", tags, tagged, 1, 0, 0, 1, 0, 1, 1, 0, 0, 2)
	if a = p.Answer(0); !slices.Equal(a.Tags, []string{"O", "B-X", "B-X"}) || len(a.Confidence) != 3 ||
		math.Abs(a.Confidence[2]-e*e/(e*e+1)) > 1e-6 {
		t.Errorf("tagging: %+v", a)
	}
	if a = p.Answer(1); !slices.Equal(a.Tags, []string{"B-X", "O"}) {
		t.Errorf("tagging: %+v", a)
	}
}

// A loss after an answer is the loss before it: answers leave the block's probabilities alone.
func TestAnswerBetweenLosses(t *testing.T) {
	b := newBlock(job.Task{Kind: "classification", Decoder: "linear", Pooling: "mean"})
	want, _ := b.loss()
	first, _ := b.pass.Loss(&b.targets, 0, 1)
	b.pass.Answer(0)
	second, _ := b.pass.Loss(&b.targets, 1, 1)
	third, _ := b.pass.Loss(&b.targets, 2, 1)
	if first+second+third != want {
		t.Errorf("loss %v with an answer in between, %v without", first+second+third, want)
	}
}

// Count returns whether an answer is right, from which joint accuracy is computed.
func TestCountReturnsRight(t *testing.T) {
	labels := data.NewLabels([]string{"a", "b"})
	l := nn.NewLayout([]int32{2, 2}, []int32{0, 0}, 1)
	known := func(class ...int32) *Targets {
		g := &Targets{Class: class, layout: l}
		g.setKnown(2)
		return g
	}
	sets := func(sets []float32, extra ...int32) *Targets { return &Targets{Sets: sets, Extra: extra, layout: l} }
	for _, c := range []struct {
		name, kind string
		logits     []float32
		targets    *Targets
		want       [2]bool
	}{
		{"one wrong", "classification", []float32{1, 0, 1, 0}, known(0, 1), [2]bool{true, false}},
		{"label not in training", "classification", []float32{1, 0, 0, 1}, known(0, 2), [2]bool{true, false}},
		{"all tags right", "tagging", []float32{1, 0, 0, 1, 1, 0, 0, 1}, known(0, 1, 0, 1), [2]bool{true, true}},
		{"first tag wrong", "tagging", []float32{1, 0, 0, 1, 1, 0, 0, 1}, known(1, 1, 0, 1), [2]bool{false, true}},
		{"last tag wrong", "tagging", []float32{1, 0, 0, 1, 1, 0, 0, 1}, known(0, 1, 0, 0), [2]bool{true, false}},
		{"one label too many", "multilabel", []float32{1, 1, 1, -1}, sets([]float32{1, 0, 1, 0}, 0, 0), [2]bool{false, true}},
		{"one label too few", "multilabel", []float32{-1, 1, 1, -1}, sets([]float32{1, 1, 1, 0}, 0, 0), [2]bool{false, true}},
		{"other label", "multilabel", []float32{1, 1, 1, -1}, sets([]float32{1, 1, 1, 0}, 0, 1), [2]bool{true, false}},
		{"numbers", "regression", []float32{1, 2}, &Targets{Values: []float32{5, 5}}, [2]bool{true, true}},
	} {
		ls := labels
		if c.kind == "regression" {
			ls = nil
		}
		h, p := logitsPass(c.kind, ls, l, c.logits...)
		task := job.Task{Kind: c.kind, Scheme: "plain"}
		if c.kind == "tagging" {
			h.kind = kindOf(task)
		}
		score := NewScore(task, 3)
		if got := [2]bool{p.Count(c.targets, 0, score), p.Count(c.targets, 1, score)}; got != c.want {
			t.Errorf("%s, %s: right are %v, want %v", c.kind, c.name, got, c.want)
		}
	}
}
