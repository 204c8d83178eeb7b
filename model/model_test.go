package model

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/nn"
	"braid/nn/optim"
	"braid/plan"
)

// small is a job over made-up sentences with a task of every kind; some labels are missing. Four tasks read others,
// one of them a task that comes later and reads, too.
func small(t testing.TB, overrides ...string) (*job.Job, *data.Prepared) {
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, split := range []string{"train", "dev"} {
		var b strings.Builder
		for i := range 60 {
			var tokens, tags []string
			for range 1 + rng.IntN(9) {
				tokens = append(tokens, fmt.Sprintf(`"w%d"`, rng.IntN(30)))
				tags = append(tags, []string{`"O"`, `"B-A"`, `"I-A"`, `"B-B-x"`}[rng.IntN(4)])
			}
			fmt.Fprintf(&b, `{"tokens":[%s],"tags":[%s],"topic":"t%d"`, strings.Join(tokens, ","), strings.Join(tags, ","), i%3)
			if i%4 > 0 {
				fmt.Fprintf(&b, `,"many":["m%d","m%d"],"score":%d`, i%2, i%5, i%7)
			}
			b.WriteString("}\n")
		}
		if err := os.WriteFile(filepath.Join(dir, split+".jsonl"), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text := `
data: {s: {format: jsonl, tokens: tokens, train: train.jsonl, dev: dev.jsonl}}
encoder:
  word: {dim: 6, dropout: 0.2, features: "off"}
  lstm: {hidden: 5, layers: 2, bidirectional: true, dropout: 0.2}
tasks:
  - {name: topic, kind: classification, data: s, field: topic, pooling: attention, label_smoothing: 0.1}
  - {name: names, kind: tagging, data: s, field: tags, class_weights: {O: 0.5}, reads: [many, topic]}
  - {name: many, kind: multilabel, data: s, field: many, pooling: mean, reads: [topic]}
  - {name: score, kind: regression, data: s, field: score, pooling: last, reads: [many]}
  - {name: chunks, kind: tagging, data: s, field: tags, decoder: crf, reads: [topic]}
training: {batch: 21, shards: 7, epochs: 2}
`
	j, err := job.Parse(filepath.Join(dir, "job.yaml"), []byte(text), overrides)
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := data.Prepare(context.Background(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	return j, p
}

// The groups of a model whose encoder is lstm.
const (
	groupLayers = iota
	groupWords
	groupHeads
)

// testModel is an architecture with parameters.
type testModel struct {
	*Architecture
	Params *nn.ParamSet
}

func started(s Spec) *testModel {
	a := mustNew(s)
	return &testModel{a, a.Start()}
}

func mustNew(s Spec) *Architecture {
	a, err := New(s)
	if err != nil {
		panic(err)
	}
	return a
}

func (m *testModel) engine(threads int) *Engine {
	e := NewEngine(m.Architecture, threads)
	e.Pack(m.Params, nil)
	return e
}

func (m *testModel) bundle(v *data.Vocab) *Bundle { return &Bundle{m.Architecture, m.Params, v} }

func (m *testModel) predictor(v *data.Vocab, l Limits) *Predictor {
	return m.bundle(v).Predictor(l)
}

func (p *Predictor) mustAnswer(t testing.TB, texts ...Text) []Prediction {
	t.Helper()
	all, err := p.Answer(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func newModel(j *job.Job, p *data.Prepared) *testModel {
	return started(Spec{Job: j, Words: p.Vocab.Len(), Word: p.Vocab.Word, Unknown: p.Vocab.Unknowns(), Labels: p.Labels,
		Input: p.Vocab.Input})
}

func planner(t testing.TB, j *job.Job, p *data.Prepared) *plan.Planner {
	tasks, sets := p.Sizes()
	pl, err := plan.New(j, plan.Sizes{Tasks: tasks, Sets: sets})
	if err != nil {
		t.Fatal(err)
	}
	return pl
}

func scales(j *job.Job, p *data.Prepared, step plan.Step) []float32 {
	s := make([]float32, len(j.Tasks))
	norms := mustNew(Spec{Job: j, Words: p.Vocab.Len(), Labels: p.Labels, Input: p.Vocab.Input}).
		Normalisers(p.Sets, step)
	for t := range s {
		s[t] = 1
		if j.Training.Mode == "joint" && norms[t] > 0 {
			s[t] = float32(1 / norms[t])
		}
	}
	return s
}

// The root has the same bits with any number of goroutines and any cover.
func TestBitsDoNotDependOnTheSplit(t *testing.T) {
	for _, mode := range []string{"sampled", "joint"} {
		for _, precision := range []string{"f32", "bf16"} {
			j, p := small(t, "training.mode="+mode, "training.precision="+precision)
			pl := planner(t, j, p)
			tree := gradient.Tree{S: j.Training.Shards}
			for i := range uint64(6) {
				step := pl.At(i)
				scale := scales(j, p, step)
				var want [32]byte
				for n, threads := range []int{1, 2, 3, 5} {
					e := newModel(j, p).engine(threads)
					root, err := e.Gradients(t.Context(), p.Sets, step, scale, []gradient.Node{gradient.Root}, nil)
					if err != nil {
						t.Fatal(err)
					}
					if n == 0 {
						want = root[0].Hash()
						if _, norm := optim.NewScaler(1).Scale(root[0], 1); !root[0].Finite() || norm == 0 {
							t.Fatalf("%s step %d: norm %g", mode, i, norm)
						}
					}
					if root[0].Hash() != want {
						t.Errorf("%s %s step %d: other bits with %d threads", mode, precision, i, threads)
					}
					nodes := append(tree.Cover(0, 3), tree.Cover(3, 7)...)
					parts, err := e.Gradients(t.Context(), p.Sets, step, scale, nodes, nil)
					if err != nil {
						t.Fatal(err)
					}
					a := gradient.NewAggregator(tree, gradient.ParsePrecision(precision), nil)
					for k := len(nodes) - 1; k >= 0; k-- {
						a.Put(nodes[k], parts[k])
					}
					if g, ok := a.Root(); !ok || g.Hash() != want {
						t.Errorf("%s %s step %d: other bits from nodes %v", mode, precision, i, nodes)
					}
				}
			}
		}
	}
}

// Normalisers returns the weights that the losses report.
func TestNormalisers(t *testing.T) {
	j, p := small(t, "training.mode=joint")
	pl := planner(t, j, p)
	e := newModel(j, p).engine(2)
	for i := range pl.Steps() {
		step := pl.At(i)
		g, err := e.Gradients(t.Context(), p.Sets, step, scales(j, p, step), []gradient.Node{gradient.Root}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for task, norm := range e.arch.Normalisers(p.Sets, step) {
			if got := g[0].Loss[task].Weight; got != norm {
				t.Errorf("step %d task %d: weight %g, want %g", i, task, got, norm)
			}
		}
		e.Release(g[0])
	}
}

// A sampled step's gradient has no other head.
func TestSampledStepLeavesOtherHeads(t *testing.T) {
	j, p := small(t)
	e := newModel(j, p).engine(1)
	pl := planner(t, j, p)
	for i := range uint64(8) {
		step := pl.At(i)
		g, err := e.Gradients(t.Context(), p.Sets, step, scales(j, p, step), []gradient.Node{gradient.Root}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for task := range j.Tasks {
			if has := g[0].Dense[2+task] != nil; has != (task == step.Streams[0].Tasks[0]) {
				t.Errorf("step %d: head %d in the gradient: %v", i, task, has)
			}
		}
		e.Release(g[0])
	}
}

// Scores of chunks add up to the score of the whole, and survive the wire.
func TestScoresAdd(t *testing.T) {
	j, p := small(t)
	m := newModel(j, p)
	e := m.engine(3)
	sum := m.NewSetScore(0, false)
	parts, err := e.Scores(t.Context(), p.Sets, ExampleBlocks(p.Sets, "dev", 7), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range parts {
		back := m.NewSetScore(0, false)
		if err := back.Decode(s.AppendBinary(nil)); err != nil {
			t.Fatal(err)
		}
		sum.Add(back)
	}
	whole, err := e.Scores(t.Context(), p.Sets, ExampleBlocks(p.Sets, "dev", 1000), false)
	if err != nil || len(whole) != 1 {
		t.Fatal(len(whole), err)
	}
	for task := range j.Tasks {
		a, _, _ := sum.Of(task)
		b, _, ok := whole[0].Of(task)
		if !ok {
			t.Fatalf("task %d was not scored", task)
		}
		for name := range a {
			if d := a[name] - b[name]; d > 1e-9 || d < -1e-9 {
				t.Errorf("task %d %s: %g in chunks, %g whole", task, name, a[name], b[name])
			}
		}
	}
	if sum.Joint != whole[0].Joint || sum.Joint == 0 || sum.JointRight != whole[0].JointRight {
		t.Errorf("joint %d of %d in chunks, %d of %d whole", sum.JointRight, sum.Joint, whole[0].JointRight, whole[0].Joint)
	}
}

func TestBundle(t *testing.T) {
	j, p := small(t)
	m := newModel(j, p)
	dir := t.TempDir()
	if err := SaveBundle(dir, m.bundle(p.Vocab)); err != nil {
		t.Fatal(err)
	}
	b, err := LoadBundle(dir)
	if err != nil {
		t.Fatal(err)
	}
	if Sha256(b.Params) != Sha256(m.Params) {
		t.Error("other weights after loading")
	}
	texts := []Text{{Text: "w1 w2 wé w3"}, {}, {Text: "w9"}}
	one := b.Predictor(Limits{Passes: 1}).mustAnswer(t, texts...)
	two := m.predictor(p.Vocab, Limits{Passes: 2}).mustAnswer(t, texts...)
	if fmt.Sprint(one) != fmt.Sprint(two) {
		t.Errorf("%v\n%v", one, two)
	}
	for _, e := range one[0].Tasks[1].Entities {
		if string([]rune(texts[0].Text)[e.Start:e.End]) != e.Text || texts[0].Text[e.StartByte:e.EndByte] != e.Text {
			t.Errorf("entity %+v", e)
		}
	}
	weights, err := os.ReadFile(filepath.Join(dir, WeightsFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, cut := range []int{0, 7, 100, len(weights) / 2, len(weights) - 1} {
		if err := os.WriteFile(filepath.Join(dir, WeightsFile), weights[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadBundle(dir); err == nil {
			t.Errorf("loaded %d of %d bytes", cut, len(weights))
		}
	}
}
