package optim

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"braid/gradient"
	"braid/internal/fixture"
	"braid/nn"
)

// Means are those of torch.optim.swa_utils.AveragedModel.
func TestMeanIsTorchs(t *testing.T) {
	f := fixture.Load(t, "averaged_model")
	for tensor, decay := range map[string]float64{"ema": f.Number("decay"), "mean": 1} {
		c := Config{Kind: "adam", LR: f.Number("lr"), Beta1: f.Number("beta1"), Beta2: f.Number("beta2"),
			Eps: f.Number("eps"), Average: Averaging{Decay: decay, From: uint64(f.Number("from"))}}
		grads, want := f.F32("grads"), f.Tensor(tensor)
		steps, n := want.Shape[0], want.Shape[1]
		ps := &nn.ParamSet{Groups: []*nn.Group{nn.NewGroup("p", []nn.Spec{{Name: "p", Shape: []int{n}}})}}
		copy(ps.Groups[0].Data, f.F32("start"))
		o, mean := New(c, ps), ps.Clone()
		for step := range steps {
			o.Update(ps, &gradient.Gradient{Dense: [][]float32{grads[step*n : (step+1)*n]}}, 1)
			o.Mean(mean, ps)
			fixture.Close(t, fmt.Sprintf("%s, step %d", tensor, step), mean.Groups[0].Data,
				want.Data[step*n:(step+1)*n], 1e-5)
		}
	}
}

// meanTwin is the weighted sum of all parameters, in float64.
type meanTwin struct {
	Averaging
	updates uint64
	weight  float64
	sum     [][]float64
}

func (m *meanTwin) updated(ps *nn.ParamSet) {
	m.updates++
	if m.updates <= m.From {
		return
	}
	m.weight = m.weight*m.Decay + 1
	for i, g := range ps.Groups {
		if len(m.sum) <= i {
			m.sum = append(m.sum, make([]float64, len(g.Data)))
		}
		for k, p := range g.Data {
			m.sum[i][k] = m.sum[i][k]*m.Decay + float64(p)
		}
	}
}

func (m *meanTwin) equal(t *testing.T, mean, ps *nn.ParamSet) {
	t.Helper()
	for i, g := range mean.Groups {
		for k, got := range g.Data {
			want := float64(ps.Groups[i].Data[k])
			if m.updates > m.From {
				want = m.sum[i][k] / m.weight
			}
			if !(math.Abs(float64(got)-want) < 3e-6) {
				t.Fatalf("after update %d: element %d of %s is %v, want %v", m.updates, k, g.Name, got, want)
			}
		}
	}
}

// The mean counts every row of a table after every update, also the rows that the update leaves alone and the heads
// that it does not train. It does not change the training.
func TestMeanOfSparseUpdates(t *testing.T) {
	for _, a := range []Averaging{{Decay: 1}, {Decay: 0.999}, {Decay: 0.8, From: 3}, {Decay: 0.01}, {Decay: 1, From: 5},
		{Decay: 1e-12}} {
		for name, c := range map[string]Config{"adam": configs["adam"], "sgd": configs["sgd_nesterov"],
			"long rows": configs["adamw"], "dense": configs["adam"], "bf16": configs["adam"]} {
			t.Run(fmt.Sprintf("%s, decay %v from %d", name, a.Decay, a.From), func(t *testing.T) {
				ps, plain := modelOf(50, 100, 1), modelOf(50, 100, 1)
				if name == "long rows" {
					ps, plain = table(ps, longRow+2), table(plain, longRow+2)
				}
				if name == "bf16" {
					c.Precision = gradient.BF16
				}
				c.Dense = name == "dense"
				without := New(c, plain)
				c.Average = a
				o, twin, mean := New(c, ps), meanTwin{Averaging: a}, ps.Clone()
				for i := range uint64(200) { // several blocks of decay 0.8
					g := step(ps, i)
					if i%3 == 1 {
						g.Dense[0], g.Rows[1] = nil, gradient.Rows{}
					}
					o.Update(ps, g, 0.5)
					without.Update(plain, g, 0.5)
					twin.updated(ps)
					o.Mean(mean, ps)
					twin.equal(t, mean, ps)
				}
				for i, g := range ps.Groups {
					if !slices.Equal(g.Data, plain.Groups[i].Data) {
						t.Errorf("the average changes the training of %s", g.Name)
					}
				}
			})
		}
	}
}

// The bits of the mean depend neither on threads nor on a resume, whenever that is.
func TestMeanResumes(t *testing.T) {
	const updates = 120
	c := configs["adam"]
	c.Average = Averaging{Decay: 0.7, From: 2} // a block is 58 updates
	run := func(threads, stop int) *nn.ParamSet {
		c.Threads = threads
		ps := modelOf(3*pieceSize, 300, 1)
		o := New(c, ps)
		for i := range updates {
			if i == stop {
				state := o.State().Clone()
				o = New(c, ps)
				if err := o.Restore(state); err != nil {
					t.Fatal(err)
				}
			}
			o.Update(ps, step(ps, uint64(i)), 0.5)
		}
		mean := ps.Clone()
		o.Mean(mean, ps)
		return mean
	}
	want := run(1, 0)
	for _, c := range []struct{ threads, stop int }{
		{3, 0}, {1, 1}, {1, 3}, {2, 4}, {1, 59}, {1, 60}, {1, 61}, {1, 62}, {1, 119},
	} {
		for i, g := range run(c.threads, c.stop).Groups {
			if !slices.Equal(g.Data, want.Groups[i].Data) {
				t.Errorf("%d threads, resumed after update %d: another mean of %s", c.threads, c.stop, g.Name)
			}
		}
	}
}

// Rows of a table that have no gradient are their own mean.
func TestMeanOfFrozenRows(t *testing.T) {
	c := configs["adam"]
	c.Average = Averaging{Decay: 0.9}
	ps := modelOf(50, 100, 1)
	dim := ps.Groups[1].Dim
	c.Shape.Slots = []gradient.Slot{{Group: 0, Numbers: 50}, {Group: 1, Dim: dim, Rows: 60}}
	o, twin, mean := New(c, ps), meanTwin{Averaging: c.Average}, ps.Clone()
	for i := range uint64(20) {
		rows := gradient.Rows{Dim: dim, IDs: []uint32{uint32(i), 59}, Data: slices.Repeat([]float32{float32(i) - 9}, 2*dim)}
		o.Update(ps, &gradient.Gradient{Dense: make([][]float32, 2), Rows: []gradient.Rows{{}, rows}}, 0.5)
		twin.updated(ps)
		o.Mean(mean, ps)
		twin.equal(t, mean, ps)
	}
	if frozen := 60 * dim; !slices.Equal(mean.Groups[1].Data[frozen:], ps.Groups[1].Data[frozen:]) {
		t.Error("the mean of frozen rows differs from the rows")
	}
}

func TestMeanAllocatesNothing(t *testing.T) {
	c := configs["adam"]
	c.Average = Averaging{Decay: 0.9}
	ps := modelOf(100, 100, 1)
	o, g := New(c, ps), step(ps, 1)
	o.Update(ps, g, 1)
	o.Update(ps, g, 1)
	if n := testing.AllocsPerRun(300, func() { o.Update(ps, g, 1) }); n != 0 {
		t.Errorf("%v allocations an update", n)
	}
}

func TestStateWithoutAverage(t *testing.T) {
	c := configs["adam"]
	ps := modelOf(10, 10, 1)
	o := New(c, ps)
	o.Update(ps, step(ps, 1), 1)
	if s := o.State(); s.Updates != 0 || len(s.Tensors) != 8 {
		t.Errorf("state of %d updates and %d tensors", s.Updates, len(s.Tensors))
	}
}

func TestBlockOfAnAverage(t *testing.T) {
	for _, d := range []float64{1e-12, 0.01, 0.5, 0.7, 0.8, 0.99, 0.999, 1 - 1e-9, math.Nextafter(1, 0)} {
		n := Averaging{Decay: d}.block()
		if n > 1 && math.Pow(d, float64(n)) < smallest*(1-1e-6) || math.Pow(d, float64(n+1)) >= smallest*(1+1e-6) {
			t.Errorf("decay %v: a block of %d updates", d, n)
		}
	}
}
