package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"braid/gradient"
	"braid/internal/fixture"
	"braid/internal/rng"
	"braid/nn"
)

// configs has every kind with the options that change its chain.
var configs = map[string]Config{
	"sgd":          {Kind: "sgd", LR: 0.1},
	"sgd_decay":    {Kind: "sgd", LR: 0.1, Momentum: 0.9, WeightDecay: 0.01},
	"sgd_nesterov": {Kind: "sgd", LR: 0.1, Momentum: 0.9, Nesterov: true},
	"adam":         {Kind: "adam", LR: 0.01, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8},
	"adam_decay":   {Kind: "adam", LR: 0.01, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, WeightDecay: 0.1},
	"adamw":        {Kind: "adamw", LR: 0.01, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.1},
	"rmsprop":      {Kind: "rmsprop", LR: 0.01, Alpha: 0.99, Eps: 1e-8},
	"rmsprop_mom":  {Kind: "rmsprop", LR: 0.01, Alpha: 0.99, Eps: 1e-8, Momentum: 0.5},
	"adagrad":      {Kind: "adagrad", LR: 0.05, Eps: 1e-10},
}

func TestOptimizersAreTorchs(t *testing.T) {
	for name, kind := range map[string]string{
		"opt_sgd": "sgd", "opt_sgd_momentum": "sgd", "opt_sgd_nesterov": "sgd",
		"opt_adam": "adam", "opt_adamw": "adamw", "opt_rmsprop": "rmsprop", "opt_adagrad": "adagrad",
	} {
		t.Run(name, func(t *testing.T) {
			f := fixture.Load(t, name)
			number := func(name string) float64 { v, _ := f.Params[name].(float64); return v }
			c := Config{Kind: kind, LR: number("lr"), Momentum: number("momentum"), Nesterov: f.Bool("nesterov"),
				Beta1: number("beta1"), Beta2: number("beta2"), Eps: number("eps"), Alpha: number("alpha"),
				WeightDecay: number("weight_decay")}
			for form, chain := range map[string][]Transform{"as used": fuse(c), "chain": c.Chain()} {
				followTorch(t, f, form, c, chain)
			}
		})
	}
}

func followTorch(t *testing.T, f *fixture.File, form string, c Config, chain []Transform) {
	start, grads, after := f.F32("start"), f.F32("grads"), f.Tensor("after")
	n := len(start)
	ps := &nn.ParamSet{Groups: []*nn.Group{nn.NewGroup("p", []nn.Spec{{Name: "p", Shape: []int{n}}})}}
	copy(ps.Groups[0].Data, start)
	o := newWithChain(c, ps, chain)
	for step := range after.Shape[0] {
		o.Update(ps, &gradient.Gradient{Dense: [][]float32{grads[step*n : (step+1)*n]}}, 1)
		fixture.Close(t, fmt.Sprintf("%s, step %d", form, step), ps.Groups[0].Data, after.Data[step*n:(step+1)*n], 1e-5)
	}
}

func TestClipIsTorchs(t *testing.T) {
	f := fixture.Load(t, "clip_grad_norm")
	g := &gradient.Gradient{Dense: [][]float32{f.F32("g0"), nil},
		Rows: []gradient.Rows{{}, {Dim: 5, IDs: []uint32{3}, Data: f.F32("g1")}}}
	_, norm := NewScaler(1).Scale(g, 1)
	Clip(g, norm, f.Number("max_norm"))
	f.Equal("norm", []float32{float32(norm)}, 1e-6)
	f.Equal("c0", g.Dense[0], 1e-5)
	f.Equal("c1", g.Rows[1].Data, 1e-5)
	before := slices.Clone(g.Dense[0])
	if Clip(g, norm, 100); !slices.Equal(before, g.Dense[0]) {
		t.Error("a gradient below the limit was scaled")
	}
}

// model returns a dense group of several pieces, a table and two heads with random values.
func model(seed uint64) *nn.ParamSet { return modelOf(3*pieceSize+7, 4000, seed) }

func modelOf(encoder, words int, seed uint64) *nn.ParamSet {
	ps := &nn.ParamSet{Groups: []*nn.Group{
		nn.NewGroup("encoder", []nn.Spec{{Name: "w", Shape: []int{encoder}}}),
		nn.NewTable("word", nn.Spec{Name: "weight", Shape: []int{words, 11}}),
		nn.NewGroup("head.a", []nn.Spec{{Name: "w", Shape: []int{7}}}),
		nn.NewGroup("head.b", []nn.Spec{{Name: "w", Shape: []int{9}}}),
	}}
	for i, g := range ps.Groups {
		nn.Uniform(1).Fill(g.Data, rng.Key{Seed: seed, A: uint64(i)})
	}
	return ps
}

// table returns ps with rows of dim numbers in its table.
func table(ps *nn.ParamSet, dim int) *nn.ParamSet {
	g := nn.NewTable("word", nn.Spec{Name: "weight", Shape: []int{len(ps.Groups[1].Data) / dim, dim}})
	copy(g.Data, ps.Groups[1].Data)
	ps.Groups[1] = g
	return ps
}

// step returns a random gradient of all groups except head.b, with about every third word.
func step(ps *nn.ParamSet, seed uint64) *gradient.Gradient {
	s := rng.Key{Seed: seed, Purpose: rng.Sample}.Stream()
	draw := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = s.Float32() - 0.5
		}
		return x
	}
	rows := gradient.Rows{Dim: ps.Groups[1].Dim}
	for id := range uint32(len(ps.Groups[1].Data) / rows.Dim) {
		if s.Intn(3) == 0 {
			rows.IDs = append(rows.IDs, id)
		}
	}
	rows.Data = draw(len(rows.IDs) * rows.Dim)
	return &gradient.Gradient{
		Dense: [][]float32{draw(len(ps.Groups[0].Data)), nil, draw(7), nil},
		Rows:  []gradient.Rows{{}, rows, {}, {}},
	}
}

func TestThreadsGiveTheSameBits(t *testing.T) {
	for name, c := range configs {
		for _, dense := range []bool{false, true} {
			var want *nn.ParamSet
			for _, threads := range []int{1, 2, 5} {
				c.Dense, c.Threads = dense, threads
				ps := model(1)
				o := New(c, ps)
				for i := range uint64(3) {
					o.Update(ps, step(ps, i), 0.9)
				}
				if want == nil {
					want = ps
				}
				for i, g := range ps.Groups {
					if !slices.Equal(g.Data, want.Groups[i].Data) {
						t.Errorf("%s, dense %v: group %s differs with %d threads", name, dense, g.Name, threads)
					}
				}
			}
		}
	}
}

func TestAbsentGroupIsUntouched(t *testing.T) {
	for name, c := range configs {
		ps := model(1)
		o := New(c, ps)
		all := step(ps, 1)
		all.Dense[3] = make([]float32, 9)
		all.Dense[3][4] = 1
		o.Update(ps, all, 1)
		before, memory := ps.Clone(), o.State().Clone()
		o.Update(ps, step(ps, 2), 1)
		if !slices.Equal(before.Groups[3].Data, ps.Groups[3].Data) || o.Steps(3) != 1 || o.Steps(0) != 2 {
			t.Errorf("%s: head.b was not in the step and changed, or its step count %d", name, o.Steps(3))
		}
		for i, tensor := range o.State().Tensors {
			if same := slices.Equal(tensor.Data, memory.Tensors[i].Data); same != (tensor.Name[:6] == "head.b") {
				t.Errorf("%s: %s unchanged is %v", name, tensor.Name, same)
			}
		}
	}
}

// A row that a sparse update does not touch keeps values and moments. A dense update gives what the
// update of the same numbers as a dense group gives.
func TestTableSemantics(t *testing.T) {
	for name, c := range configs {
		sparse, dense, plain := model(1), model(1), model(1)
		plain.Groups[1].Dim = 0
		c.Dense = false
		sparseOpt := New(c, sparse)
		c.Dense = true
		denseOpt, plainOpt := New(c, dense), New(c, plain)
		start := model(1)
		untouched := map[uint32]bool{}
		for id := range uint32(4000) {
			untouched[id] = true
		}
		for i := range uint64(3) {
			g := step(sparse, i)
			full := step(sparse, i)
			full.Dense[1] = make([]float32, 4000*11)
			for e, id := range g.Rows[1].IDs {
				copy(full.Dense[1][int(id)*11:], g.Rows[1].Data[e*11:(e+1)*11])
				delete(untouched, id)
			}
			sparseOpt.Update(sparse, g, 1)
			denseOpt.Update(dense, g, 1)
			plainOpt.Update(plain, full, 1)
		}
		if !slices.Equal(dense.Groups[1].Data, plain.Groups[1].Data) {
			t.Errorf("%s: dense table differs from dense group", name)
		}
		for id := range untouched {
			if !slices.Equal(sparse.Groups[1].Data[id*11:(id+1)*11], start.Groups[1].Data[id*11:(id+1)*11]) {
				t.Fatalf("%s: row %d was not touched and changed", name, id)
			}
		}
		lazyIsExact := name == "sgd" || name == "adagrad"
		if same := slices.Equal(sparse.Groups[1].Data, dense.Groups[1].Data); same != lazyIsExact {
			t.Errorf("%s: sparse and dense are the same: %v", name, same)
		}
	}
}

// SparseAdam's rule by hand: moments of touched rows alone, step count of the table.
func TestSparseAdamCountsTheTablesSteps(t *testing.T) {
	c := Config{Kind: "adam", LR: 0.1, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}
	ps := &nn.ParamSet{Groups: []*nn.Group{nn.NewTable("word", nn.Spec{Name: "weight", Shape: []int{2, 1}})}}
	o := New(c, ps)
	for _, id := range []uint32{0, 0, 1} {
		o.Update(ps, &gradient.Gradient{Rows: []gradient.Rows{{Dim: 1, IDs: []uint32{id}, Data: []float32{2}}}}, 1)
	}
	m, v := 0.1*2/(1-math.Pow(0.9, 3)), 0.001*4/(1-math.Pow(0.999, 3))
	fixture.Close(t, "row 1", ps.Groups[0].Data[1:], []float64{-0.1 * m / (math.Sqrt(v) + 1e-8)}, 1e-5)
}

func TestRestoreContinuesToTheBit(t *testing.T) {
	for name, c := range configs {
		ps := model(1)
		o := New(c, ps)
		o.Update(ps, step(ps, 1), 1)
		copied, resumed := ps.Clone(), New(c, ps)
		if err := resumed.Restore(o.State()); err != nil {
			t.Fatal(err)
		}
		o.Update(ps, step(ps, 2), 1)
		resumed.Update(copied, step(ps, 2), 1)
		for i := range ps.Groups {
			if !slices.Equal(ps.Groups[i].Data, copied.Groups[i].Data) {
				t.Errorf("%s: group %d differs after restoring", name, i)
			}
		}
	}
}

func TestRestoreRefusesAnotherShape(t *testing.T) {
	ps := model(1)
	adam, sgd := New(configs["adam"], ps), New(configs["sgd"], ps)
	if err := adam.Restore(sgd.State()); err == nil {
		t.Error("Adam took the state of SGD")
	}
	if err := New(configs["rmsprop"], ps).Restore(New(configs["sgd_decay"], ps).State()); err == nil {
		t.Error("RMSprop took the state of momentum")
	}
}

// The fused pass gives what the chain gives, up to a rounding or two per element and step.
func TestFusedIsTheChain(t *testing.T) {
	for _, name := range []string{"adam", "adam_decay", "adamw"} {
		c := configs[name]
		fused, plain := model(1), model(1)
		a, b := newWithChain(c, fused, fuse(c)), newWithChain(c, plain, c.Chain())
		for i := range uint64(5) {
			a.Update(fused, step(fused, i), 1)
			b.Update(plain, step(plain, i), 1)
		}
		for i := range fused.Groups {
			fixture.Close(t, name+" "+fused.Groups[i].Name, fused.Groups[i].Data, plain.Groups[i].Data, 1e-6)
		}
		for i, tensor := range a.State().Tensors {
			fixture.Close(t, name+" "+tensor.Name, tensor.Data, b.State().Tensors[i].Data, 1e-6)
		}
	}
}

func TestUpdateAllocatesNothing(t *testing.T) {
	ps := model(1)
	g := step(ps, 1)
	o := newWithChain(configs["adam"], ps, configs["adam"].Chain())
	o.Update(ps, g, 1)
	if n := testing.AllocsPerRun(10, func() { o.Update(ps, g, 1) }); n > 8 {
		t.Errorf("%v allocations an update: more than the goroutines' own", n)
	}
}

func BenchmarkUpdate(b *testing.B) {
	for _, dense := range []bool{false, true} {
		for _, chain := range []string{"fused", "chain"} {
			b.Run(fmt.Sprintf("%s/dense=%v", chain, dense), func(b *testing.B) {
				c := configs["adam"]
				c.Dense = dense
				ps := model(1)
				words := c.Chain()
				if chain == "fused" {
					words = fuse(c)
				}
				o, g := newWithChain(c, ps, words), step(ps, 1)
				b.SetBytes(int64(ps.Len() * 4))
				for b.Loop() {
					o.Update(ps, g, 1)
				}
			})
		}
	}
}

func BenchmarkScale(b *testing.B) {
	g, w := step(model(1), 1), NewScaler(1)
	b.SetBytes(int64(4 * (len(g.Dense[0]) + len(g.Rows[1].Data))))
	for b.Loop() {
		w.Scale(g, 1)
	}
}

// Rows that are updated in place have the bits of rows that are gathered first.
func TestLongRowsAreShortOnes(t *testing.T) {
	const rows, dim = 40, 2 * (longRow - 20)
	update := func(parts int) []float32 {
		spec := nn.Spec{Name: "weight", Shape: []int{rows * parts, dim / parts}}
		ps := &nn.ParamSet{Groups: []*nn.Group{nn.NewTable("word", spec)}}
		r := rand.New(rand.NewPCG(1, 2))
		for i := range ps.Groups[0].Data {
			ps.Groups[0].Data[i] = r.Float32()
		}
		o := New(Config{Kind: "adamw", LR: 0.01, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.1}, ps)
		for range 3 {
			g := gradient.Rows{Dim: dim / parts}
			for id := uint32(0); id < rows; id += 1 + uint32(r.IntN(3)) {
				for part := range uint32(parts) {
					g.IDs = append(g.IDs, id*uint32(parts)+part)
				}
				for range dim {
					g.Data = append(g.Data, r.Float32()-0.5)
				}
			}
			o.Update(ps, &gradient.Gradient{Dense: [][]float32{nil}, Rows: []gradient.Rows{g}}, 1)
		}
		return ps.Groups[0].Data
	}
	if long, short := update(1), update(2); !slices.Equal(long, short) {
		t.Error("other bits")
	}
}
