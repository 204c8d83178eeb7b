package toy

import (
	"math"
	"math/rand/v2"
	"testing"

	"braid/data"
	"braid/nn"
	"braid/task"
)

const (
	width = 4
	tags  = 3
)

// chain is a decoder over texts of 4, 3, 3, 2 and 1 words in two shards.
type chain struct {
	crf     *crf
	group   *nn.Group
	weights *crfWeights
	pass    *crfPass
	layout  *nn.Layout
	x       []float32
	targets task.Targets
}

func newChain(seed uint64) *chain {
	r := rand.New(rand.NewPCG(seed, 1))
	d := newCRF(task.DecoderSpec{Labels: data.NewLabels([]string{"O", "B-X", "I-X"}), Width: width}).(*crf)
	c := &chain{crf: d, group: nn.NewGroup("head", d.Specs()),
		weights: d.NewWeights().(*crfWeights), pass: d.NewPass().(*crfPass),
		layout: nn.NewLayout([]int32{4, 3, 3, 2, 1}, []int32{1, 0, 1, 0, 1}, 2)}
	for i := range c.group.Data {
		c.group.Data[i] = float32(r.NormFloat64())
	}
	for range c.layout.N() {
		for range width {
			c.x = append(c.x, float32(r.NormFloat64()))
		}
		c.targets.Known = append(c.targets.Known, int32(r.IntN(tags)))
	}
	c.forward()
	return c
}

func (c *chain) forward() {
	c.weights.Pack(c.group.Params, true)
	c.pass.Forward(c.weights, c.layout, c.x)
}

func (c *chain) loss() (sum, normaliser float64) {
	c.forward()
	for shard := range c.layout.S() {
		s, n := c.pass.Loss(&c.targets, shard, 1)
		sum, normaliser = sum+s, normaliser+n
	}
	return sum, normaliser
}

// each calls f with every tagging of text i and its score, term by term from the definition.
func (c *chain) each(i int, f func(y []int, score float64)) {
	n := int(c.layout.Lengths[i])
	y := make([]int, n)
	var tag func(w int)
	tag = func(w int) {
		if w < n {
			for y[w] = range tags {
				tag(w + 1)
			}
			return
		}
		score := float64(c.group.Param("start").Data[y[0]]) + float64(c.group.Param("end").Data[y[n-1]])
		for w := range n {
			score += float64(c.pass.e[c.layout.At(w, i)*tags+y[w]])
			if w > 0 {
				score += float64(c.group.Param("transitions").Data[y[w-1]*tags+y[w]])
			}
		}
		f(y, score)
	}
	tag(0)
}

// The loss is the negative log probability of the gold tags among all taggings.
func TestLossByEnumeration(t *testing.T) {
	for seed := range uint64(20) {
		c := newChain(seed)
		want := 0.0
		for i := range c.layout.B() {
			all, gold := 0.0, 0.0
			c.each(i, func(y []int, score float64) {
				all += math.Exp(score)
				right := true
				for w, tag := range y {
					right = right && int(c.targets.Known[c.layout.At(w, i)]) == tag
				}
				if right {
					gold += math.Exp(score)
				}
			})
			want -= math.Log(gold / all)
		}
		if got, n := c.loss(); math.Abs(got-want) > 1e-5*want || n != float64(c.layout.N()) {
			t.Errorf("seed %d: loss %v over %v words, by enumeration %v over %d", seed, got, n, want, c.layout.N())
		}
	}
}

func TestGradientByDifferences(t *testing.T) {
	c := newChain(3)
	c.loss()
	dx := append([]float32(nil), c.pass.Backward(c.weights, nil)...)
	grad, part := make([]float32, len(c.group.Data)), make([]float32, len(c.group.Data))
	for shard := range c.layout.S() {
		c.pass.Write(shard, part)
		for i, v := range part {
			grad[i] += v
		}
	}
	check := func(name string, x, grad []float32) {
		const step = 1.0 / 128
		for i, was := range x {
			x[i] = was + step
			up, _ := c.loss()
			x[i] = was - step
			down, _ := c.loss()
			x[i] = was
			if want := (up - down) / (2 * step); math.Abs(want-float64(grad[i])) > 2e-3*(1+math.Abs(want)) || grad[i] == 0 {
				t.Errorf("%s[%d]: gradient %v, difference %v", name, i, grad[i], want)
			}
		}
	}
	check("x", c.x, dx)
	check("parameters", c.group.Data, grad)
}

// scale is a factor on every gradient and on no loss.
func TestScale(t *testing.T) {
	c := newChain(4)
	one, _ := c.pass.Loss(&c.targets, 1, 1)
	gradient := append(append([]float32(nil), c.pass.de...), c.pass.chain[1]...)
	half, _ := c.pass.Loss(&c.targets, 1, 0.5)
	if one != half {
		t.Errorf("loss %v with scale 1, %v with 0.5", one, half)
	}
	for i, v := range append(append([]float32(nil), c.pass.de...), c.pass.chain[1]...) {
		if math.Abs(float64(v-gradient[i]/2)) > 1e-6 {
			t.Errorf("gradient %d: %v with scale 1, %v with 0.5", i, gradient[i], v)
		}
	}
}

// Answers are the best of all taggings, and probabilities are sums over taggings.
func TestAnswersByEnumeration(t *testing.T) {
	var a task.Decoded
	for seed := range uint64(50) {
		c := newChain(seed)
		for i := range c.layout.B() {
			best, all := math.Inf(-1), 0.0
			var want []int
			with := make([][tags]float64, c.layout.Lengths[i])
			c.each(i, func(y []int, score float64) {
				if score > best {
					best, want = score, append(want[:0], y...)
				}
				all += math.Exp(score)
				for w, tag := range y {
					with[w][tag] += math.Exp(score)
				}
			})
			c.pass.Probabilities(i, &a)
			for w, tag := range want {
				p := with[w][tag] / all
				if int(a.Classes[w]) != tag || math.Abs(float64(a.Probabilities[w])-p) > 1e-5 {
					t.Fatalf("seed %d, text %d: %v of %v, want %v; word %d has probability %v",
						seed, i, a.Classes, a.Probabilities, want, w, p)
				}
			}
		}
	}
}

// A text with a tag that training did not have adds no loss, no normaliser and no gradient.
func TestUnknownTags(t *testing.T) {
	c := newChain(5)
	for i := range c.layout.B() {
		c.targets.Known[c.layout.At(0, i)] = -1
	}
	if sum, n := c.loss(); sum != 0 || n != 0 {
		t.Errorf("loss %v over %v words", sum, n)
	}
	for i, d := range append(append([]float32(nil), c.pass.Backward(c.weights, nil)...), c.pass.chain[0]...) {
		if d != 0 {
			t.Errorf("gradient %d is %v", i, d)
		}
	}
	corpus := &data.Corpus{Offsets: []uint32{0, 2, 4, 5}}
	target := &data.Target{Tags: []int32{0, 2, 1, tags, -1}}
	for e, want := range []float64{2, 0, 0} {
		if got := c.crf.Normaliser(corpus, target, uint32(e)); got != want {
			t.Errorf("example %d: normaliser %v, want %v", e, got, want)
		}
	}
}

func TestPassAllocatesNothing(t *testing.T) {
	c := newChain(6)
	grad, a := make([]float32, len(c.group.Data)), task.Decoded{}
	if n := testing.AllocsPerRun(10, func() {
		c.loss()
		c.pass.Backward(c.weights, nil)
		c.pass.Write(0, grad)
		c.pass.Decode(0, &a)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
