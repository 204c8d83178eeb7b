package task

import (
	"fmt"
	"math"
	"testing"

	"braid/data"
	"braid/job"
	"braid/nn"
)

// example is a corpus of four examples of 3, 1, 2 and 1 words with labels of every kind: one
// without a label, and one with a label that training, which had two, did not have.
var example = &data.Corpus{Offsets: []uint32{0, 3, 4, 6, 7}}

var exampleTarget = &data.Target{
	Class:    []int32{1, -1, 0, 2},
	Tags:     []int32{0, 1, 0, -1, 1, 1, 2},
	SetOff:   []uint32{0, 2, 2, 2, 4},
	SetIDs:   []int32{0, 1, 0, 2},
	Values:   []float32{1.5, float32(math.NaN()), -2, 0},
	Labelled: []uint32{0, 2, 3},
	Cut:      []uint32{2}, CutOff: []uint32{0, 2}, CutTags: []int32{1, 0},
}

// order sorts the examples: longest first, then as given.
var order = []uint32{0, 2, 1, 3}

func exampleLayout() *nn.Layout { return nn.NewLayout([]int32{3, 2, 1, 1}, []int32{0, 0, 0, 0}, 1) }

func exampleHead(kind string) *Head {
	labels := data.NewLabels([]string{"O", "B-X"})
	if kind == "regression" {
		labels = nil
	}
	t := job.Task{Kind: kind, Decoder: "linear", ClassWeights: map[string]float64{"B-X": 0.25}}
	if kind != "tagging" {
		t.Pooling = "mean"
	} else {
		t.Scheme = "bio"
	}
	return NewHead(t, labels, Hidden{width, 1, job.PerWord})
}

func TestGather(t *testing.T) {
	for _, c := range []struct{ kind, want string }{
		{"classification", "class [1 0 -1 2], known [1 0 -1 -1], sets [], extra [], values [], beyond []"},
		{"tagging", "class [0 1 -1 2 1 1 0], known [0 1 -1 -1 1 1 0], sets [], extra [], values [], beyond [[] [1 0] [] []]"},
		{"multilabel", "class [], known [], sets [1 1 0 0 -1 0 1 0], extra [0 0 0 1], values [], beyond []"},
		{"regression", "class [], known [], sets [], extra [], values [1.5 -2 NaN 0], beyond []"},
	} {
		var g Targets
		for range 2 { // in new memory, then in memory that is in use
			exampleHead(c.kind).Gather(&g, example, exampleTarget, exampleLayout(), order)
			got := fmt.Sprintf("class %v, known %v, sets %v, extra %v, values %v, beyond %v",
				g.Class, g.Known, g.Sets, g.Extra, g.Values, g.Beyond)
			if got != c.want {
				t.Errorf("%s:\n got %s\nwant %s", c.kind, got, c.want)
			}
			if fmt.Sprint(g.Has) != "[true true false true]" {
				t.Errorf("%s: labelled are %v", c.kind, g.Has)
			}
		}
	}
}

// The normaliser of an example is the weight of its classes, the number of its elements, or 1;
// labels that are missing or not in training add nothing.
func TestNormaliser(t *testing.T) {
	for kind, want := range map[string][]float64{
		"classification": {0.25, 0, 1, 0},
		"tagging":        {2.25, 0, 0.5, 0},
		"multilabel":     {2, 0, 2, 2},
		"regression":     {1, 0, 1, 1},
	} {
		for e := range want {
			if got := exampleHead(kind).Normaliser(example, exampleTarget, uint32(e)); got != want[e] {
				t.Errorf("%s, example %d: normaliser %v, want %v", kind, e, got, want[e])
			}
		}
	}
}

// Loss reports the normalisers of its examples, and Backward does not see missing labels.
func TestLossReportsNormalisers(t *testing.T) {
	for _, kind := range []string{"classification", "tagging", "multilabel", "regression"} {
		h := exampleHead(kind)
		group := nn.NewGroup("head", h.Specs())
		group.Init(3, h.Specs())
		w, p, l := h.NewWeights(), h.NewPass(), exampleLayout()
		w.Pack(group.Params, true)
		var g Targets
		h.Gather(&g, example, exampleTarget, l, order)
		p.Forward(w, l, make([]float32, l.N()*width))
		_, got := p.Loss(&g, 0, 1)
		want := 0.0
		for e := range uint32(4) {
			want += h.Normaliser(example, exampleTarget, e)
		}
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: loss has normaliser %v, examples %v", kind, got, want)
		}
	}
}

func TestProducts(t *testing.T) {
	for kind, want := range map[string]int{
		"classification": 4 * 2 * width, "tagging": 7 * 2 * width, "multilabel": 4 * 2 * width, "regression": 4 * width,
	} {
		h := exampleHead(kind)
		if got := h.Products(7, 4); got != want {
			t.Errorf("%s: %d multiply-adds for 7 words and 4 texts, want %d", kind, got, want)
		}
		if h.PerWord() != (kind == "tagging") {
			t.Errorf("%s: one answer per word: %v", kind, h.PerWord())
		}
	}
}
