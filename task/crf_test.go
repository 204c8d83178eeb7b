package task

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"braid/data"
	"braid/internal/fixture"
	"braid/internal/kernel"
	"braid/job"
	"braid/nn"
)

// crfBlock is a crf whose emissions are those of a layer over texts of 5, 4, 4, 2 and 1 words in three shards.
type crfBlock struct {
	d       *crf
	group   *nn.Group
	weights *crfWeights
	pass    *crfPass
	layout  *nn.Layout
	x       []float32
	targets Targets
}

// newCRFBlock returns a block with random numbers. names are the tags; scheme plain allows all transitions. spread is
// the standard deviation of the transitions' scores and about that of the emissions.
func newCRFBlock(seed uint64, scheme string, names []string, spread float64) *crfBlock {
	r := rand.New(rand.NewPCG(seed, 5))
	d := newCRF(DecoderSpec{Task: job.Task{Kind: "tagging", Scheme: scheme}, Labels: data.NewLabels(names),
		Width: width}).(*crf)
	b := &crfBlock{d: d, group: nn.NewGroup("head", d.Specs()), weights: d.NewWeights().(*crfWeights),
		pass: d.NewPass().(*crfPass), layout: nn.NewLayout([]int32{5, 4, 4, 2, 1}, []int32{1, 0, 2, 0, 1}, 3)}
	for i := range b.group.Data {
		b.group.Data[i] = float32(spread * r.NormFloat64())
	}
	for range b.layout.N() * width {
		b.x = append(b.x, float32(r.NormFloat64()))
	}
	for range b.layout.N() {
		b.targets.Class = append(b.targets.Class, int32(r.IntN(d.k)))
	}
	b.targets.layout = b.layout
	b.targets.setKnown(d.k)
	return b
}

// partial makes the tags of some words unknown, and those of text 2 all.
func (b *crfBlock) partial() {
	for r := range b.targets.Known {
		if r%3 == 0 || b.layout.SeqOf[r] == 2 {
			b.targets.Known[r] = -1
		}
	}
}

func (b *crfBlock) forward() {
	b.weights.Pack(b.group.Params, true)
	b.pass.Forward(b.weights, b.layout, b.x)
}

func (b *crfBlock) loss() (sum, normaliser float64) {
	b.forward()
	for shard := range b.layout.S() {
		s, n := b.pass.Loss(&b.targets, shard, 1)
		sum, normaliser = sum+s, normaliser+n
	}
	return sum, normaliser
}

// gradients returns those of x and of the parameters after loss.
func (b *crfBlock) gradients() (dx, grad []float32) {
	dx = slices.Clone(b.pass.Backward(b.weights, nil))
	grad, part := make([]float32, len(b.group.Data)), make([]float32, len(b.group.Data))
	for shard := range b.layout.S() {
		b.pass.Write(shard, part)
		kernel.AddTo(grad, part)
	}
	return dx, grad
}

// score returns the score of a tagging of text i, term by term from the definition; -Inf if it is illegal.
func (b *crfBlock) score(i int, path []int32) float64 {
	sum, previous := 0.0, int32(-1)
	for w, tag := range path {
		if !b.d.legal(previous, tag) {
			return math.Inf(-1)
		}
		if w == 0 {
			sum += float64(b.group.Param("start").Data[tag])
		} else {
			sum += float64(b.group.Param("transitions").Data[int(previous)*b.d.k+int(tag)])
		}
		sum += float64(b.pass.row(b.pass.e, w, i)[tag])
		previous = tag
	}
	return sum + float64(b.group.Param("end").Data[previous])
}

// agrees reports whether a tagging of text i has its known tags, of which those that continue nothing are mended.
func (b *crfBlock) agrees(i int, path []int32) bool {
	previous, unknown := int32(-1), false
	for w, tag := range path {
		gold := b.targets.Known[b.layout.At(w, i)]
		if gold >= 0 && !unknown && b.d.chain != nil {
			gold = b.d.chain.mend(previous, gold)
		}
		if gold >= 0 && gold != tag {
			return false
		}
		previous, unknown = gold, gold < 0
	}
	return true
}

// enumeration is the truth about text i: sums over all taggings of e^(score - best).
type enumeration struct {
	best        []int32
	score       float64
	all, gold   float64
	byTag       [][]float64
	bySpan      map[Span]float64
	transitions [][]float64 // from, to: expected numbers
}

func (b *crfBlock) enumerate(i int) *enumeration {
	n, k := int(b.layout.Lengths[i]), b.d.k
	x := &enumeration{score: math.Inf(-1), bySpan: map[Span]float64{}}
	paths(k, n, func(path []int32) {
		if s := b.score(i, path); s > x.score {
			x.score, x.best = s, slices.Clone(path)
		}
	})
	for range n {
		x.byTag = append(x.byTag, make([]float64, k))
	}
	for range k {
		x.transitions = append(x.transitions, make([]float64, k))
	}
	paths(k, n, func(path []int32) {
		weight := math.Exp(b.score(i, path) - x.score)
		if weight == 0 {
			return
		}
		x.all += weight
		if b.agrees(i, path) {
			x.gold += weight
		}
		for w, tag := range path {
			x.byTag[w][tag] += weight
			if w > 0 {
				x.transitions[path[w-1]][tag] += weight
			}
		}
		for _, s := range Spans(nil, namesOf(b.d.names(), path)) {
			x.bySpan[s] += weight
		}
	})
	return x
}

func (d *crf) names() []string {
	if d.chain != nil {
		return d.chain.names
	}
	return slices.Repeat([]string{"O"}, d.k)
}

// crfCases are the tags and schemes of the tests below.
var crfCases = map[string]struct {
	scheme string
	names  []string
}{
	"plain":                      {"plain", []string{"NN", "VB", "DT"}},
	"one type":                   {"bio", []string{"O", "B-A", "I-A"}},
	"two types":                  {"bio", []string{"O", "B-A", "B-B", "I-A", "I-B"}},
	"a type without I":           {"bio", []string{"O", "B-A", "B-B", "I-B"}},
	"a type without B":           {"bio", []string{"O", "B-A", "I-A", "I-C"}},
	"tags without O":             {"bio", []string{"B-A", "I-A"}},
	"no constraint but in names": {"bio", []string{"O", "B-A", "B-B"}},
	"one tag":                    {"plain", []string{"O"}},
}

// Loss, marginals, expected transitions and answers are those of an enumeration of all taggings, also where tags are
// unknown, where scores are far apart, and where float32 factors underflow.
func TestCRFByEnumeration(t *testing.T) {
	for name, c := range crfCases {
		for _, spread := range []float64{0.5, 3, 60, 400} {
			for seed := range uint64(12) {
				b := newCRFBlock(seed, c.scheme, c.names, spread)
				if seed%2 == 1 {
					b.partial()
				}
				b.checkByEnumeration(t, name, spread, seed)
				if t.Failed() {
					return
				}
			}
		}
	}
}

func (b *crfBlock) checkByEnumeration(t *testing.T, name string, spread float64, seed uint64) {
	t.Helper()
	got, normaliser := b.loss()
	_, grad := b.gradients()
	transitions := grad[b.d.emit.Size():][:b.d.k*b.d.k]
	want, known := 0.0, 0
	wantTransitions := make([]float64, len(transitions))
	var a Decoded
	for i := range b.layout.B() {
		x := b.enumerate(i)
		labelled := 0
		for w := range int(b.layout.Lengths[i]) {
			if b.targets.Known[b.layout.At(w, i)] >= 0 {
				labelled++
			}
		}
		if known += labelled; labelled > 0 {
			want += b.goldLoss(i, x)
			b.addTransitions(wantTransitions, i, x)
		}
		b.pass.Probabilities(i, &a)
		if math.Abs(b.score(i, a.Classes)-x.score) > 1e-9*(1+math.Abs(x.score)) {
			t.Errorf("%s, spread %v, seed %d, text %d: tags %v, want %v", name, spread, seed, i, a.Classes, x.best)
		}
		for w, tag := range a.Classes {
			if p := x.byTag[w][tag] / x.all; math.Abs(float64(a.Probabilities[w])-p) > 3e-5 {
				t.Errorf("%s, spread %v, seed %d, text %d: word %d has probability %v, want %v", name, spread, seed, i, w,
					a.Probabilities[w], p)
			}
		}
		if b.d.chain == nil {
			continue
		}
		for _, s := range a.Spans {
			if p := x.bySpan[s.Span] / x.all; math.Abs(float64(s.Probability)-p) > 3e-5 {
				t.Errorf("%s, spread %v, seed %d, text %d: span %v has probability %v, want %v", name, spread, seed, i, s.Span,
					s.Probability, p)
			}
		}
	}
	if !(math.Abs(got-want) <= 1e-5*(1+math.Abs(want))) || normaliser != float64(known) {
		t.Errorf("%s, spread %v, seed %d: loss %v over %v words, by enumeration %v over %d", name, spread, seed, got,
			normaliser, want, known)
	}
	for c, v := range wantTransitions {
		if math.Abs(float64(transitions[c])-v) > 1e-4 {
			t.Errorf("%s, spread %v, seed %d: gradient %d of transitions is %v, want %v", name, spread, seed, c,
				transitions[c], v)
		}
	}
}

// goldLoss returns the loss of text i in logarithms, since the gold weight may underflow.
func (b *crfBlock) goldLoss(i int, x *enumeration) float64 {
	top, sum := math.Inf(-1), 0.0
	b.eachGold(i, func(_ []int32, score float64) { top = max(top, score) })
	b.eachGold(i, func(_ []int32, score float64) { sum += math.Exp(score - top) })
	return x.score + math.Log(x.all) - top - math.Log(sum)
}

func (b *crfBlock) eachGold(i int, f func(path []int32, score float64)) {
	paths(b.d.k, int(b.layout.Lengths[i]), func(path []int32) {
		if b.agrees(i, path) {
			f(path, b.score(i, path))
		}
	})
}

// addTransitions adds the gradient of the loss of text i: expected numbers among all less those among gold.
func (b *crfBlock) addTransitions(dst []float64, i int, x *enumeration) {
	k := b.d.k
	for from, row := range x.transitions {
		for to, v := range row {
			dst[from*k+to] += v / x.all
		}
	}
	top, sum := math.Inf(-1), 0.0
	b.eachGold(i, func(_ []int32, score float64) { top = max(top, score) })
	b.eachGold(i, func(_ []int32, score float64) { sum += math.Exp(score - top) })
	b.eachGold(i, func(path []int32, score float64) {
		for w := 1; w < len(path); w++ {
			dst[int(path[w-1])*k+int(path[w])] -= math.Exp(score-top) / sum
		}
	})
}

// Some of the cases above must take each way, or they would not test it.
func TestCRFCasesAreHardAndEasy(t *testing.T) {
	hard := map[float64]int{}
	for _, spread := range []float64{0.5, 3, 60, 400} {
		for seed := range uint64(12) {
			b := newCRFBlock(seed, "bio", crfCases["two types"].names, spread)
			b.loss()
			for _, h := range b.pass.lattice.hard {
				if h {
					hard[spread]++
				}
			}
		}
	}
	if hard[0.5] != 0 || hard[3] > 6 || hard[60] == 0 || hard[60] == 60 || hard[400] < 30 {
		t.Errorf("hard texts of 60 by spread: %v", hard)
	}
}

func TestCRFGradientByDifferences(t *testing.T) {
	for name, c := range crfCases {
		for _, partial := range []bool{false, true} {
			b := newCRFBlock(3, c.scheme, c.names, 1)
			if partial {
				b.partial()
			}
			b.loss()
			dx, grad := b.gradients()
			check := func(what string, x, grad []float32) {
				const step = 1.0 / 128
				for i, was := range x {
					x[i] = was + step
					up, _ := b.loss()
					x[i] = was - step
					down, _ := b.loss()
					x[i] = was
					if want := (up - down) / (2 * step); math.Abs(want-float64(grad[i])) > 2e-3*(1+math.Abs(want)) {
						t.Errorf("%s: %s[%d]: gradient %v, difference %v", name, what, i, grad[i], want)
					}
				}
			}
			check("x", b.x, dx)
			check("parameters", b.group.Data, grad)
		}
	}
}

// Loss, gradients, best tags and sums are those of PyTorch. The layer of the emissions is the identity.
func TestCRFAsPyTorch(t *testing.T) {
	f := fixture.Load(t, "crf")
	shape := f.Tensor("emissions").Shape
	texts, words, k := shape[0], shape[1], shape[2]
	lengths := f.Ints("lengths")
	order := make([]int, texts)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return lengths[b] - lengths[a] })
	names := []string{"a", "b", "c"}[:k]
	d := newCRF(DecoderSpec{Task: job.Task{Kind: "tagging", Scheme: "plain"}, Labels: data.NewLabels(names),
		Width: k}).(*crf)
	group := nn.NewGroup("head", d.Specs())
	for j := range k {
		group.Param("weight").Data[j*k+j] = 1
	}
	copy(group.Param("transitions").Data, f.F32("transition"))
	copy(group.Param("start").Data, f.F32("start"))
	copy(group.Param("end").Data, f.F32("end"))
	var sorted []int32
	for _, i := range order {
		sorted = append(sorted, int32(lengths[i]))
	}
	l := nn.NewLayout(sorted, make([]int32, texts), 1)
	x, targets := make([]float32, l.N()*k), Targets{Class: make([]int32, l.N()), layout: l}
	emissions, tags := f.F32("emissions"), f.Ints("tags")
	for at, i := range order {
		for w := range lengths[i] {
			copy(x[l.At(w, at)*k:], emissions[(i*words+w)*k:][:k])
			targets.Class[l.At(w, at)] = int32(tags[i*words+w])
		}
	}
	targets.setKnown(k)
	weights, pass := d.NewWeights(), d.NewPass().(*crfPass)
	weights.Pack(group.Params, true)
	pass.Forward(weights, l, x)
	sum, normaliser := pass.Loss(&targets, 0, 1)
	want := 0.0
	for _, v := range f.Tensor("nll").Data {
		want += v
	}
	if math.Abs(sum-want) > 1e-5*want || normaliser != float64(l.N()) {
		t.Errorf("loss %v over %v words, want %v", sum, normaliser, want)
	}
	dx, grad := pass.Backward(weights, nil), make([]float32, len(group.Data))
	pass.Write(0, grad)
	dEmissions := make([]float32, texts*words*k)
	logZ := make([]float64, texts)
	best := f.Ints("best")
	var a Decoded
	for at, i := range order {
		logZ[i] = pass.lattice.total(pass.w, l, at)
		pass.Decode(at, &a)
		for w := range lengths[i] {
			copy(dEmissions[(i*words+w)*k:][:k], dx[l.At(w, at)*k:])
			if int(a.Classes[w]) != best[i*words+w] {
				t.Errorf("text %d: tags %v, want %v", i, a.Classes, best[i*words:][:words])
			}
		}
	}
	fixture.Close(t, "logz", logZ, f.Tensor("logz").Data, 1e-5)
	f.Equal("d_emissions", dEmissions, 1e-5)
	rest := grad[d.emit.Size():]
	f.Equal("d_transition", rest[:k*k], 1e-5)
	f.Equal("d_start", rest[k*k:k*k+k], 1e-5)
	f.Equal("d_end", rest[k*k+k:], 1e-5)
}

// scale is a factor on every gradient and on no loss.
func TestCRFScale(t *testing.T) {
	for _, spread := range []float64{1, 400} { // easy and hard texts
		b := newCRFBlock(4, "bio", crfCases["two types"].names, spread)
		b.partial()
		b.forward()
		one, _ := b.pass.Loss(&b.targets, 1, 1)
		gradient := append(slices.Clone(b.pass.de), b.pass.chains[1]...)
		half, _ := b.pass.Loss(&b.targets, 1, 0.5)
		if one != half {
			t.Errorf("loss %v with scale 1, %v with 0.5", one, half)
		}
		for i, v := range append(slices.Clone(b.pass.de), b.pass.chains[1]...) {
			if v != gradient[i]/2 {
				t.Fatalf("gradient %d: %v with scale 1, %v with 0.5", i, gradient[i], v)
			}
		}
	}
}

// Texts without a known tag have no loss, no normaliser and no gradient.
func TestCRFWithoutTags(t *testing.T) {
	b := newCRFBlock(5, "bio", crfCases["two types"].names, 400)
	for r := range b.targets.Known {
		b.targets.Known[r] = -1
	}
	if sum, n := b.loss(); sum != 0 || n != 0 {
		t.Errorf("loss %v over %v words", sum, n)
	}
	dx, grad := b.gradients()
	for i, v := range append(dx, grad...) {
		if v != 0 {
			t.Fatalf("gradient %d is %v", i, v)
		}
	}
}

// The normaliser of an example is what Loss adds for it: the words with a known tag.
func TestCRFNormaliser(t *testing.T) {
	b := newCRFBlock(6, "bio", crfCases["one type"].names, 1)
	corpus := &data.Corpus{Offsets: []uint32{0, 2, 4, 5}}
	target := &data.Target{Tags: []int32{0, 2, 1, 3, -1}}
	for e, want := range []float64{2, 1, 0} {
		if got := b.d.Normaliser(corpus, target, uint32(e)); got != want {
			t.Errorf("example %d: normaliser %v, want %v", e, got, want)
		}
	}
}

// A gold tag that continues nothing trains as the first tag of its span.
func TestCRFMendsGoldTags(t *testing.T) {
	b := newCRFBlock(7, "bio", []string{"O", "B-A", "B-B", "I-A", "I-B"}, 1)
	const begin, inside = 1, 3
	for r := range b.targets.Known {
		b.targets.Known[r] = inside
	}
	broken, _ := b.loss()
	dx, grad := b.gradients()
	for i := range b.layout.B() {
		b.targets.Known[b.layout.At(0, i)] = begin
	}
	mended, _ := b.loss()
	wantX, want := b.gradients()
	if broken != mended || !slices.Equal(dx, wantX) || !slices.Equal(grad, want) {
		t.Errorf("loss %v with broken tags, %v with mended ones", broken, mended)
	}
}

// Emissions that differ by 200, with the gold tag far below, give a finite loss and a gradient to the gold tag.
func TestCRFFarApart(t *testing.T) {
	b := newCRFBlock(8, "bio", []string{"O", "B-A", "I-A"}, 0)
	bias := b.group.Param("bias").Data
	bias[0], bias[1], bias[2] = 200, 0, -200
	for r := range b.targets.Known {
		b.targets.Known[r] = 2
	}
	sum, _ := b.loss()
	want := 0.0
	for _, n := range b.layout.Lengths { // gold is B-A I-A I-A …, the best is O O O …
		want += 200 + 400*float64(n-1)
	}
	if math.Abs(sum-want) > 1e-5*want {
		t.Errorf("loss %v, want %v", sum, want)
	}
	for r := range b.layout.N() {
		tag := 2
		if r < int(b.layout.Off[1]) {
			tag = 1
		}
		if de := b.pass.de[r*3 : r*3+3]; math.Abs(float64(de[0]-1)) > 1e-6 || math.Abs(float64(de[tag]+1)) > 1e-6 {
			t.Errorf("row %d has gradient %v", r, de)
		}
	}
}

// In these texts the best tagging begins with a tag whose factor underflows to 0, or to a number with few bits, while
// no sum does.
func TestCRFUnderflow(t *testing.T) {
	far := [][]float32{{0, -104.5}, {0, 0}, {0, 0}, {0, 0}, {0, 0}}
	for _, c := range []struct {
		name        string
		emissions   [][]float32 // (T, 2)
		transitions []float32   // from, to
		end         []float32
	}{
		{"by a transition", far[:2], []float32{-100, -100, 0, 0}, []float32{0, -300}},
		{"by all transitions", [][]float32{{0, -300}, {-90, 0}}, []float32{-200, -100.5, 0, -200}, []float32{0, 0}},
		{"by transitions", far, []float32{-26, -200, -200, 0}, []float32{0, 0}},
		{"by the end", [][]float32{{0, -104.5}}, []float32{0, 0, 0, 0}, []float32{-100, 0}},
	} {
		b := newCRFBlock(12, "plain", []string{"a", "b"}, 0)
		n := len(c.emissions)
		b.layout = nn.NewLayout([]int32{int32(n)}, []int32{0}, 1)
		b.x, b.targets = make([]float32, n*width), Targets{}
		for j := range 2 {
			b.group.Param("weight").Data[j*width+j] = 1
		}
		for w, e := range c.emissions {
			copy(b.x[w*width:], e)
			b.targets.Known = append(b.targets.Known, 0)
		}
		copy(b.group.Param("transitions").Data, c.transitions)
		copy(b.group.Param("end").Data, c.end)
		b.checkByEnumeration(t, c.name, 0, 0)
	}
}

// A loss is not negative, though that of certain answers is a difference of rounded numbers.
func TestCRFLossIsNotNegative(t *testing.T) {
	for seed := range uint64(40) {
		b := newCRFBlock(seed, "plain", []string{"a", "b", "c"}, 30)
		b.forward()
		var a Decoded
		for i := range b.layout.B() {
			b.pass.Decode(i, &a)
			for w, tag := range a.Classes {
				b.targets.Known[b.layout.At(w, i)] = tag
			}
		}
		for shard := range b.layout.S() {
			if sum, _ := b.pass.Loss(&b.targets, shard, 1); sum < 0 {
				t.Fatalf("seed %d: loss %v", seed, sum)
			}
		}
	}
}

// Of taggings with one score the answer has the lesser tag.
func TestCRFTies(t *testing.T) {
	b := newCRFBlock(9, "plain", []string{"a", "b", "c"}, 0)
	b.forward()
	var a Decoded
	for i, n := range b.layout.Lengths {
		if b.pass.Decode(i, &a); !slices.Equal(a.Classes, make([]int32, n)) {
			t.Errorf("text %d: tags %v", i, a.Classes)
		}
	}
}

// Emissions that are not finite give a loss that is not finite, and no panic.
func TestCRFNotFinite(t *testing.T) {
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		for _, partial := range []bool{false, true} {
			b := newCRFBlock(10, "bio", crfCases["two types"].names, 1)
			if partial {
				b.partial()
			}
			for j := range b.group.Param("bias").Data {
				b.group.Param("bias").Data[j] = bad
			}
			if sum, _ := b.loss(); sum-sum == 0 {
				t.Errorf("%v: loss %v", bad, sum)
			}
			b.gradients()
			var a Decoded
			for i := range b.layout.B() {
				b.pass.Probabilities(i, &a)
			}
		}
	}
}

// The numbers of a shard and of a text do not depend on the form of the kernels, nor on the other shards.
func TestCRFBits(t *testing.T) {
	form := kernel.Form()
	defer func() { _ = kernel.Use(form) }()
	for _, spread := range []float64{1, 60} {
		for seed := range uint64(4) {
			var want []float32
			for _, form := range kernel.Forms() {
				if err := kernel.Use(form); err != nil {
					t.Fatal(err)
				}
				b := newCRFBlock(seed, "bio", crfCases["two types"].names, spread)
				if seed%2 == 1 {
					b.partial()
				}
				got := b.numbers()
				if want == nil {
					want = got
				}
				if !slices.Equal(got, want) {
					t.Fatalf("spread %v, seed %d: form %s gives other numbers", spread, seed, form)
				}
				for shard := range 3 {
					if alone := b.alone(shard); !slices.Equal(alone.shardNumbers(0), b.shardNumbers(shard)) {
						t.Fatalf("spread %v, seed %d, form %s: shard %d alone gives other numbers", spread, seed, form, shard)
					}
				}
			}
		}
	}
}

// numbers returns losses, gradients and probabilities.
func (b *crfBlock) numbers() (all []float32) {
	for shard := range b.layout.S() {
		all = append(all, b.shardNumbers(shard)...)
	}
	return all
}

// shardNumbers returns a shard's loss, gradients and probabilities.
func (b *crfBlock) shardNumbers(shard int) []float32 {
	b.loss()
	sum, n := b.pass.Loss(&b.targets, shard, 1)
	all := []float32{float32(sum), float32(n)}
	dx, grad := b.pass.Backward(b.weights, nil), make([]float32, len(b.group.Data))
	for _, r := range b.layout.Rows[shard] {
		all = append(all, dx[int(r)*width:(int(r)+1)*width]...)
	}
	b.pass.Write(shard, grad)
	all = append(all, grad...)
	var a Decoded
	for _, i := range b.layout.Seqs[shard] {
		b.pass.Probabilities(int(i), &a)
		all = append(all, a.Probabilities...)
		for _, s := range a.Spans {
			all = append(all, s.Probability)
		}
	}
	return all
}

// alone returns a block with the texts of one shard.
func (b *crfBlock) alone(shard int) *crfBlock {
	c := *b
	var lengths []int32
	for _, i := range b.layout.Seqs[shard] {
		lengths = append(lengths, b.layout.Lengths[i])
	}
	c.layout, c.x, c.targets = nn.NewLayout(lengths, make([]int32, len(lengths)), 1), nil, Targets{}
	for _, r := range b.layout.Rows[shard] {
		c.x = append(c.x, b.x[int(r)*width:(int(r)+1)*width]...)
		c.targets.Known = append(c.targets.Known, b.targets.Known[r])
	}
	c.weights, c.pass = b.d.NewWeights().(*crfWeights), b.d.NewPass().(*crfPass)
	return &c
}

func TestCRFAllocatesNothing(t *testing.T) {
	for _, spread := range []float64{1, 400} {
		b := newCRFBlock(11, "bio", crfCases["two types"].names, spread)
		b.partial()
		grad, a := make([]float32, len(b.group.Data)), Decoded{}
		if n := testing.AllocsPerRun(10, func() {
			b.loss()
			b.pass.Backward(b.weights, nil)
			b.pass.Write(0, grad)
			b.pass.Decode(0, &a)
		}); n > 0 {
			t.Errorf("%v allocations", n)
		}
	}
}
