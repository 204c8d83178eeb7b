package task

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"braid/data"
	"braid/job"
	"braid/nn"
)

const width = 6 // of hidden, two directions

func heads() []job.Task {
	tasks := []job.Task{
		{Decoder: "linear", Kind: "tagging", Scheme: "bio", ClassWeights: map[string]float64{"a": 0.5},
			LabelSmoothing: 0.1},
		{Decoder: "linear", Kind: "multilabel", Pooling: "mean"},
		{Decoder: "linear", Kind: "regression", Pooling: "last"},
	}
	for _, pooling := range []string{"mean", "max", "last", "attention"} {
		tasks = append(tasks, job.Task{Decoder: "linear", Kind: "classification", Pooling: pooling,
			ClassWeights: map[string]float64{"b": 2}})
	}
	return tasks
}

// block is a head over five texts of three shards; some labels are missing.
type block struct {
	head    *Head
	layout  *nn.Layout
	group   *nn.Group
	hidden  []float32
	targets Targets
	pass    *Pass
	weights *Weights
}

func newBlock(t job.Task) *block {
	r := rand.New(rand.NewPCG(3, 4))
	labels := data.NewLabels([]string{"a", "b", "c"})
	if t.Kind == "regression" {
		labels = nil
	}
	h := NewHead(t, labels, Hidden{width, 2, job.PerWord})
	b := &block{head: h, layout: nn.NewLayout([]int32{5, 4, 4, 2, 1}, []int32{1, 0, 2, 0, 1}, 3),
		group: nn.NewGroup("head", h.Specs())}
	b.group.Init(7, h.Specs())
	b.pass, b.weights = h.NewPass(), h.NewWeights()
	rows := 5
	if h.PerWord() {
		rows = b.layout.N()
	}
	for range b.layout.N() * width {
		b.hidden = append(b.hidden, float32(r.NormFloat64()))
	}
	for i := range rows {
		b.targets.Class = append(b.targets.Class, int32(i%4)-1) // -1 is missing
		b.targets.Values = append(b.targets.Values, []float32{1.5, float32(math.NaN()), -2, 0.25, 3}[i%5])
		b.targets.Sets = append(b.targets.Sets, []float32{1, 0, 1, -1, 0, 0}[3*(i%2):3*(i%2)+3]...)
	}
	b.targets.setKnown(3)
	return b
}

// loss runs all shards.
func (b *block) loss() (sum, norm float64) {
	b.weights.Pack(b.group.Params, true)
	b.pass.Forward(b.weights, b.layout, b.hidden)
	for shard := range 3 {
		s, n := b.pass.Loss(&b.targets, shard, 1)
		sum, norm = sum+s, norm+n
	}
	return sum, norm
}

// Gradients of every kind and pooling equal finite differences, so pooling, decoder and loss fit
// together. Tests of nn compare the parts with float64 twins.
func TestHeadGradient(t *testing.T) {
	for _, task := range heads() {
		t.Run(task.Kind+task.Pooling, func(t *testing.T) {
			b := newBlock(task)
			b.loss()
			dHidden := append([]float32(nil), b.pass.Backward(b.weights, nil)...)
			checkDifferences(t, "hidden", b, b.hidden, dHidden)
			checkDifferences(t, "params", b, b.group.Data, b.gradient())
		})
	}
}

// gradient returns the gradient of the parameters after Backward, the sum over the shards.
func (b *block) gradient() []float32 {
	grad := make([]float32, len(b.group.Data))
	for shard := range 3 {
		part := make([]float32, len(grad))
		b.pass.Write(shard, part)
		for i, v := range part {
			grad[i] += v
		}
	}
	return grad
}

func checkDifferences(t *testing.T, name string, b *block, x, grad []float32) {
	const step = 1.0 / 256
	some := false
	for i, was := range x {
		x[i] = was + step
		up, _ := b.loss()
		x[i] = was - step
		down, _ := b.loss()
		x[i] = was
		want := (up - down) / (2 * step)
		if d := math.Abs(want - float64(grad[i])); d > 2e-3*(1+math.Abs(want)) {
			t.Errorf("%s[%d]: gradient %g, difference %g", name, i, grad[i], want)
		}
		some = some || grad[i] != 0
	}
	if !some {
		t.Errorf("%s: every gradient is 0", name)
	}
}

// A missing label has no loss and no gradient.
func TestMissingLabels(t *testing.T) {
	for _, task := range heads() {
		b := newBlock(task)
		for i := range b.targets.Class {
			b.targets.Known[i] = -1
			b.targets.Values[i] = float32(math.NaN())
			b.targets.Sets[3*i] = -1
		}
		if sum, norm := b.loss(); sum != 0 || norm != 0 {
			t.Errorf("%s: loss %g of %g", task.Kind, sum, norm)
		}
		for _, d := range b.pass.Backward(b.weights, nil) {
			if d != 0 {
				t.Fatalf("%s %s: gradient %g", task.Kind, task.Pooling, d)
			}
		}
	}
}

// answering returns a pass of a head of three classes whose decoder has the given logits,
// (texts, 3).
func answering(t job.Task, logits ...float32) *Pass {
	p := NewHead(t, data.NewLabels([]string{"a", "b", "c"}), Hidden{width, 1, job.PerWord}).NewPass()
	d := p.decoder.(*linearPass)
	texts := len(logits) / 3
	d.layout, d.logits = nn.NewLayout(slices.Repeat([]int32{1}, texts), make([]int32, texts), 1), logits
	return p
}

// Figures of scikit-learn's accuracy_score and f1_score(average="macro") for gold a b b d
// and answers a b c c, d a label that training did not have:
// F1 a 1, b 2/3, c 0, d 0.
func TestClassificationScore(t *testing.T) {
	task := job.Task{Decoder: "linear", Kind: "classification", Pooling: "max"}
	p := answering(task, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1)
	score := NewScore(task, 4)
	right := 0
	for i := range 4 {
		if p.Count(&Targets{Class: []int32{0, 1, 1, 3}}, i, score) {
			right++
		}
	}
	m := score.Metrics()
	if right != 2 || m["accuracy"] != 0.5 || math.Abs(m["macro_f1"]-(1+2.0/3)/4) > 1e-12 {
		t.Errorf("%d right, %v", right, m)
	}
}

// Gold {a,b} {c,d}, answers {a} {b,c}: 2 correct of 3 found and 4 gold, so micro F1 is
// 4/7; by label a 1, b 0, c 1, d 0.
func TestMultilabelScore(t *testing.T) {
	task := job.Task{Decoder: "linear", Kind: "multilabel", Pooling: "max"}
	p := answering(task, 1, -1, -1, -1, 1, 1)
	targets := &Targets{Sets: []float32{1, 1, 0, 0, 0, 1}, Extra: []int32{0, 1}}
	score := NewScore(task, 4)
	for i := range 2 {
		if p.Count(targets, i, score) {
			t.Errorf("sequence %d is right", i)
		}
	}
	m := score.Metrics()
	if m["accuracy"] != 0 || math.Abs(m["micro_f1"]-4.0/7) > 1e-12 || math.Abs(m["macro_f1"]-0.5) > 1e-12 {
		t.Error(m)
	}
}

func TestPlainTagsHaveNoSpans(t *testing.T) {
	m := NewScore(job.Task{Kind: "tagging", Scheme: "plain"}, 3).Metrics()
	if fmt.Sprint(m) != "map[accuracy:0 sentence_accuracy:0]" {
		t.Error(m)
	}
}
