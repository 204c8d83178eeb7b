package model

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"braid/data"
	"braid/encoder"
	"braid/gradient"
	"braid/job"
	"braid/plan"
)

// apart returns a copy of a joint step whose gradients are kept apart.
func apart(step plan.Step) plan.Step {
	step.Apart = true
	return step
}

// alone returns the step that trains nothing but the task of a tree, on the same examples.
func alone(step plan.Step, k int) plan.Step {
	stream, t := step.Tree(k)
	s := step.Streams[stream]
	s.Tasks = s.Tasks[t : t+1]
	return plan.Step{Step: step.Step, Streams: []plan.Stream{s}}
}

// apartJobs are a job of five tasks on one data set, four of which read others; the same with tasks at two layers
// of the encoder; and one of two data sets whose last batches leave shards without examples.
var apartJobs = map[string]func(t *testing.T, shards int, precision string) (*job.Job, *data.Prepared){
	"shared data": func(t *testing.T, shards int, precision string) (*job.Job, *data.Prepared) {
		return small(t, "training.mode=joint", "training.precision="+precision, fmt.Sprint("training.shards=", shards),
			"encoder.word.unknown=0.3", "encoder.char.kind=conv")
	},
	"tasks at different layers": func(t *testing.T, shards int, precision string) (*job.Job, *data.Prepared) {
		return small(t, append(sharings[1].overrides, "training.mode=joint", "training.precision="+precision,
			fmt.Sprint("training.shards=", shards))...)
	},
	"groups, layers and private encoders": func(t *testing.T, shards int, precision string) (*job.Job, *data.Prepared) {
		return small(t, append(sharings[len(sharings)-1].overrides, "training.mode=joint", "training.precision="+precision,
			fmt.Sprint("training.shards=", shards))...)
	},
	"disjoint data": func(t *testing.T, shards int, precision string) (*job.Job, *data.Prepared) {
		j, p := twoSets(t, shards)
		j.Training.Precision = precision
		return j, p
	},
}

// Each root that is kept apart has the bits of a step of its task alone, with any number of goroutines, any cover
// and any shares of three workers. Expected accepts every node.
func TestApartRootsAreStepsOfOneTask(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for name, make := range apartJobs {
		for _, shards := range []int{1, 4, 7, 8} {
			precision := []string{"f32", "bf16"}[shards%2]
			j, p := make(t, shards, precision)
			m := newModel(j, p)
			x := m.NewExpected(p.Sets)
			pl := planner(t, j, p)
			for _, at := range []uint64{0, pl.Steps() - 1} {
				step := apart(pl.At(at))
				scale, tree := scales(j, p, step), Tree(step)
				if tree.Trees != len(j.Tasks) {
					t.Fatalf("%d trees of %d tasks", tree.Trees, len(j.Tasks))
				}
				var want [][32]byte
				for k := range tree.Trees {
					g, err := m.engine(1).Gradients(t.Context(), p.Sets, alone(step, k), scale, []gradient.Node{gradient.Root}, nil)
					if err != nil {
						t.Fatal(err)
					}
					want = append(want, g[0].Hash())
				}
				for threads := 1; threads <= 3; threads++ {
					e := m.engine(threads)
					a, b := 0, 0 // where the shares of three workers begin
					if threads > 1 {
						a = r.IntN(tree.Units() + 1)
						b = a + r.IntN(tree.Units()+1-a)
					}
					sum := gradient.NewAggregator(tree, gradient.ParsePrecision(precision), nil)
					x.Begin(step)
					for _, share := range [][2]int{{b, tree.Units()}, {0, a}, {a, b}} {
						nodes := tree.Cover(share[0], share[1])
						r.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
						grads, err := e.Gradients(t.Context(), p.Sets, step, scale, nodes, nil)
						if err != nil {
							t.Fatal(err)
						}
						for i, n := range nodes {
							if err := x.Check(n, grads[i]); err != nil {
								t.Fatalf("%s, %d shards, node %d: %v", name, shards, n, err)
							}
							sum.Put(n, grads[i])
						}
					}
					roots, ok := sum.Roots()
					if !ok {
						t.Fatal("a root is missing")
					}
					for k, g := range roots {
						if g.Hash() != want[k] {
							t.Errorf("%s, %d shards, %d threads, shares from %d and %d: tree %d has other bits than its task alone",
								name, shards, threads, a, b, k)
						}
					}
				}
			}
		}
	}
}

// Expected refuses a gradient of another tree of the step.
func TestExpectedOfApart(t *testing.T) {
	for name, make := range apartJobs {
		j, p := make(t, 4, "f32")
		m := newModel(j, p)
		step := apart(planner(t, j, p).At(0))
		tree, x := Tree(step), m.NewExpected(p.Sets)
		grads, err := m.engine(2).Gradients(t.Context(), p.Sets, step, scales(j, p, step), tree.AppendRoots(nil), nil)
		if err != nil {
			t.Fatal(err)
		}
		x.Begin(step)
		for _, k := range append(slices.Repeat([]int{1, 0}, 2), tree.Trees-1) {
			for other, g := range grads {
				if err := x.Check(tree.Root(k), g); (err == nil) != (other == k) {
					t.Errorf("%s: gradient of tree %d for tree %d: %v", name, other, k, err)
				}
			}
		}
	}
	// The rows of another stream's words.
	j, p := twoSets(t, 4)
	m := newModel(j, p)
	step := apart(planner(t, j, p).At(0))
	tree, x := Tree(step), m.NewExpected(p.Sets)
	grads, err := m.engine(1).Gradients(t.Context(), p.Sets, step, scales(j, p, step), tree.AppendRoots(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	x.Begin(step)
	grads[1].Rows[groupWords] = grads[0].Rows[groupWords]
	if x.Check(tree.Root(0), grads[0]) != nil || x.Check(tree.Root(1), grads[1]) == nil {
		t.Error("rows of another stream's words are accepted")
	}
}

// counted is an lstm encoder that counts the examples of its forward passes and the calls of Backward.
type counted struct {
	encoder.Encoder
	forward, backward *int
}

var forwards, backwards int

func init() {
	encoder.Register("counted", func(s encoder.Spec) encoder.Encoder {
		s.Job.Kind = "lstm"
		return &counted{encoder.New(s), &forwards, &backwards}
	})
}

func (e *counted) NewPass() encoder.Pass { return &countedPass{e.Encoder.NewPass(), e} }

type countedPass struct {
	encoder.Pass
	*counted
}

func (p *countedPass) Forward(w encoder.Weights, b *encoder.Block) []float32 {
	*p.forward += len(b.Examples)
	return p.Pass.Forward(w, b)
}

func (p *countedPass) Backward(w encoder.Weights, dHidden []float32) {
	*p.backward++
	p.Pass.Backward(w, dHidden)
}

// The encoder runs forward once for all tasks of a stream, and backward once for each.
func TestApartRunsForwardOnce(t *testing.T) {
	j, p := small(t, "training.mode=joint", "encoder.kind=counted", "training.shards=4")
	step := apart(planner(t, j, p).At(0))
	tree, e := Tree(step), newModel(j, p).engine(1)
	for _, c := range []struct {
		nodes []gradient.Node
		want  int // examples
	}{
		{tree.AppendRoots(nil), 21},
		{tree.Cover(0, tree.Units()-2), 21 + 10}, // the last task's first two shards alone
	} {
		forwards, backwards = 0, 0
		if _, err := e.Gradients(t.Context(), p.Sets, step, scales(j, p, step), c.nodes, nil); err != nil {
			t.Fatal(err)
		}
		if forwards != c.want || backwards != len(j.Tasks) {
			t.Errorf("nodes %v: forward over %d examples, want %d; backward %d times, want %d", c.nodes, forwards, c.want,
				backwards, len(j.Tasks))
		}
	}
}

// An engine computes apart and joint steps in turn, reports every part of every node once and in
// order, and allocates nothing once its memory has grown.
func TestApartPartsAndMemory(t *testing.T) {
	j, p := small(t, "training.mode=joint")
	m := newModel(j, p)
	pl := planner(t, j, p)
	for threads := 1; threads <= 3; threads++ {
		e := m.engine(threads)
		step, joint := apart(pl.At(0)), pl.At(0)
		scale, tree := scales(j, p, step), Tree(step)
		nodes, one := tree.AppendRoots(nil), []gradient.Node{gradient.Root}
		parts := make([][]gradient.Range, len(nodes))
		want := append([]gradient.Range{{}}, m.Ranges()...)
		both := func(done PartDone) {
			for _, c := range []struct {
				step  plan.Step
				nodes []gradient.Node
				done  PartDone
			}{{step, nodes, done}, {joint, one, nil}} {
				grads, err := e.Gradients(t.Context(), p.Sets, c.step, scale, c.nodes, c.done)
				if err != nil {
					t.Fatal(err)
				}
				for _, g := range grads {
					e.Release(g)
				}
			}
		}
		both(func(node int, g *gradient.Gradient, r gradient.Range) { parts[node] = append(parts[node], r) })
		for k, got := range parts {
			if !slices.Equal(got, want) {
				t.Errorf("%d threads: tree %d: parts %v, want %v", threads, k, got, want)
			}
		}
		if threads > 1 || raced {
			continue
		}
		for range 5 {
			both(nil)
		}
		if n := testing.AllocsPerRun(10, func() { both(nil) }); n > 0 {
			t.Errorf("%v allocations", n)
		}
	}
}
