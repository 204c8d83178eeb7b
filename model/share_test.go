package model

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/nn"
	"braid/nn/optim"
	"braid/plan"
)

// sharings are overrides of small that share the encoder in other ways, and the slots that each leaves
// to a single task.
var sharings = []struct {
	name      string
	overrides []string
	owners    map[string]string // of slots, by name; not of heads
}{
	{"a layer", []string{"tasks.topic.layer=1", "tasks.score.layer=1"}, nil},
	{"a layer of one task", []string{"tasks.topic.layer=1", "tasks.names.layer=1", "tasks.score.layer=1",
		"tasks.chunks.layer=1"}, map[string]string{"encoder.2": "many"}},
	{"groups", []string{"tasks.topic.group=a", "tasks.score.group=b", "tasks.many.group=b"},
		map[string]string{"group.a.encoder": "topic", "group.a.word": "topic"}},
	{"groups of another encoder", []string{"encoder.kind=twice", "tasks.names.group=a"}, map[string]string{
		"group.a.encoder0": "names", "group.a.word0": "names", "group.a.encoder1": "names", "group.a.word1": "names"}},
	{"private", []string{"tasks.names.private.lstm.hidden=3", "tasks.score.private.lstm.hidden=4"},
		map[string]string{"private.names": "names", "private.score": "score"}},
	{"a layer of a group", []string{"tasks.topic.group=a", "tasks.many.group=a", "tasks.many.layer=1"},
		map[string]string{"group.a.encoder.2": "topic"}},
	{"groups, layers and private encoders", []string{"tasks.chunks.private.lstm.hidden=4",
		"tasks.chunks.private.lstm.layers=2", "tasks.chunks.private.lstm.bidirectional=false",
		"tasks.chunks.private.orthogonality=3", "tasks.topic.private.lstm.hidden=6",
		"tasks.topic.private.orthogonality=2", "tasks.topic.layer=1", "tasks.many.group=a",
		"tasks.score.group=a", "tasks.many.private.lstm.hidden=3", "encoder.char.kind=conv",
		"encoder.word.features=hashed"},
		map[string]string{"private.chunks": "chunks", "private.topic": "topic", "private.many": "many"}},
}

// noReads are overrides of small with which no task reads another.
var noReads = []string{"tasks.names.reads=[]", "tasks.many.reads=[]", "tasks.score.reads=[]", "tasks.chunks.reads=[]"}

// owner returns the owner of a slot by name, "" for a slot that tasks share.
func (a *Architecture) owner(slot int) string {
	if t := a.Owner(slot); t != Shared {
		return a.Job.Tasks[t].Name
	}
	return ""
}

// A head belongs to its task, and so does a part of the encoder that only one task trains.
func TestOwners(t *testing.T) {
	for _, s := range sharings {
		j, p := small(t, s.overrides...)
		m := newModel(j, p)
		found := 0
		for slot, g := range m.groups {
			want := s.owners[g.Name]
			if want != "" {
				found++
			}
			if slot >= m.first {
				want = j.Tasks[slot-m.first].Name
			}
			if got := m.owner(slot); got != want {
				t.Errorf("%s: %s belongs to %q, want %q", s.name, g.Name, got, want)
			}
		}
		if found != len(s.owners) {
			t.Errorf("%s: %d of %d slots found", s.name, found, len(s.owners))
		}
	}
}

// A step trains the slots of its tasks and no others. The root has the same bits with any goroutines and any
// cover, announces what it has, and passes the checks of a coordinator.
func TestSharingHasOneRoot(t *testing.T) {
	for _, s := range sharings {
		joint := []string{"training.mode=joint", "training.tasks_per_step=2", "training.precision=bf16"}
		for _, more := range [][]string{nil, joint} {
			j, p := small(t, append(more, s.overrides...)...)
			m, pl, untrained := newModel(j, p), planner(t, j, p), 0
			x, tree := m.NewExpected(p.Sets), gradient.Tree{S: j.Training.Shards}
			for i := range uint64(6) {
				step := pl.At(i)
				want := root(t, m.engine(1), p, step)
				for slot, g := range m.groups {
					has := want.Dense[slot] != nil || len(want.Rows[slot].IDs) > 0
					if trained := m.trainedBy(slot, step.Streams[0].Tasks); has != trained {
						t.Errorf("%s, step %d: a gradient in %s: %v, want %v", s.name, i, g.Name, has, trained)
					}
					if !has && slot < m.first {
						untrained++
					}
				}
				x.Begin(step)
				if err := x.Check(gradient.Root, want); err != nil {
					t.Errorf("%s: %v", s.name, err)
				}
				hash := want.Hash()
				refusesMore(t, m.Architecture, x, want)
				for _, threads := range []int{2, 3} {
					e := m.engine(threads)
					if root(t, e, p, step).Hash() != hash {
						t.Errorf("%s, step %d: other bits with %d threads", s.name, i, threads)
					}
					nodes := append(tree.Cover(0, 3), tree.Cover(3, 7)...)
					var announced []gradient.Range
					parts, err := e.Gradients(t.Context(), p.Sets, step, scales(j, p, step), nodes,
						func(node int, _ *gradient.Gradient, r gradient.Range) {
							if node == 0 {
								announced = append(announced, r)
							}
						})
					if err != nil {
						t.Fatal(err)
					}
					ranges := slices.DeleteFunc(slices.Clone(m.Ranges()), func(r gradient.Range) bool {
						return want.Dense[r.Slot] == nil
					})
					if all := append([]gradient.Range{{}}, ranges...); !slices.Equal(announced, all) {
						t.Errorf("%s: announced %v, want %v", s.name, announced, all)
					}
					a := gradient.NewAggregator(tree, gradient.ParsePrecision(j.Training.Precision), nil)
					for k, n := range nodes {
						a.Put(n, parts[k])
					}
					if g, ok := a.Root(); !ok || g.Hash() != hash {
						t.Errorf("%s, step %d: other bits from nodes", s.name, i)
					}
				}
			}
			if untrained == 0 {
				t.Errorf("%s: every step trains the whole encoder", s.name)
			}
		}
	}
}

// refusesMore plants a gradient in each slot that a root lacks, which a coordinator must refuse.
func refusesMore(t *testing.T, a *Architecture, x *Expected, g *gradient.Gradient) {
	t.Helper()
	for i, slot := range a.shape.Slots[:a.first] {
		switch {
		case !slot.Table() && g.Dense[i] == nil:
			g.Dense[i] = make([]float32, slot.Numbers)
			if x.Check(gradient.Root, g) == nil {
				t.Errorf("a gradient in %s is accepted", a.groups[i].Name)
			}
			g.Dense[i] = nil
		case slot.Table() && len(g.Rows[i].IDs) == 0:
			g.Rows[i].IDs = append(g.Rows[i].IDs, 1)
			if x.Check(gradient.Root, g) == nil {
				t.Errorf("a row of %s is accepted", a.groups[i].Name)
			}
			g.Rows[i].IDs = g.Rows[i].IDs[:0]
		}
	}
}

// The gradient of every slot is the change of the loss: its length is the directional derivative of the loss
// along it, and the part along another direction agrees, too.
func TestSharingHasTheGradientOfTheLoss(t *testing.T) {
	for _, s := range sharings {
		// The gradient of a task stops at answers that it reads; without them the gradient is whole.
		j, p := small(t, slices.Concat(noReads, []string{"training.mode=joint"}, s.overrides)...)
		m, step := newModel(j, p), planner(t, j, p).At(0)
		scale := scales(j, p, step)
		scale[3] /= 50 // the loss of score, a square, would hide the others
		e := m.engine(2)
		all, err := e.Gradients(t.Context(), p.Sets, step, scale, []gradient.Node{gradient.Root}, nil)
		if err != nil {
			t.Fatal(err)
		}
		g := all[0]
		for slot, group := range m.Params.Groups {
			d := dense(g, slot, len(group.Data))
			for _, direction := range [][]float32{d, tilted(d)} {
				length := math.Sqrt(dot(direction, direction))
				want := dot(d, direction) / length
				const h = 0.005
				up := moved(t, e, m.Params, slot, direction, h/length, p, step, scale)
				down := moved(t, e, m.Params, slot, direction, -h/length, p, step, scale)
				if got := (up - down) / (2 * h); math.Abs(got-want) > 0.004*math.Abs(want)+1e-4 {
					t.Errorf("%s: %s: the loss changes by %.5f, the gradient says %.5f", s.name, group.Name, got, want)
				}
			}
		}
	}
}

// dense returns the gradient of all n numbers of a slot.
func dense(g *gradient.Gradient, slot, n int) []float32 {
	if g.Dense[slot] != nil {
		return slices.Clone(g.Dense[slot])
	}
	d, rows := make([]float32, n), g.Rows[slot]
	for i, id := range rows.IDs {
		copy(d[int(id)*rows.Dim:], rows.Data[i*rows.Dim:(i+1)*rows.Dim])
	}
	return d
}

// tilted returns a direction with half of the numbers of d.
func tilted(d []float32) []float32 {
	half := slices.Clone(d)
	for i := range half {
		if i/3%2 == 0 {
			half[i] = 0
		}
	}
	return half
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// moved returns the loss of a step with the parameters of a group moved by factor times a direction.
func moved(t *testing.T, e *Engine, ps *nn.ParamSet, group int, direction []float32, factor float64, p *data.Prepared,
	step plan.Step, scale []float32) (loss float64) {
	t.Helper()
	other := ps.Clone()
	for i := range direction {
		other.Groups[group].Data[i] += float32(factor * float64(direction[i]))
	}
	e.Pack(other, nil)
	all, err := e.Gradients(t.Context(), p.Sets, step, scale, []gradient.Node{gradient.Root}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Release(all[0])
	for task, l := range all[0].Loss {
		loss += l.Sum * float64(scale[task])
	}
	return loss
}

// A model is saved and loaded with all of its groups, and answers as before.
func TestSharingIsSaved(t *testing.T) {
	for _, s := range sharings {
		j, p := small(t, s.overrides...)
		m, dir := newModel(j, p), t.TempDir()
		if err := SaveBundle(dir, m.bundle(p.Vocab)); err != nil {
			t.Fatal(err)
		}
		b, err := LoadBundle(dir)
		if err != nil {
			t.Fatal(err)
		}
		texts := []Text{{Text: "w1 w2 wé w3"}, {}, {Text: "w9"}}
		one := b.Predictor(Limits{Passes: 2}).mustAnswer(t, texts...)
		if two := m.predictor(p.Vocab, Limits{}).mustAnswer(t, texts...); fmt.Sprint(one) != fmt.Sprint(two) {
			t.Errorf("%s: %v\n%v", s.name, one, two)
		}
	}
}

// Tasks that all read layer 1 have the bits of an encoder with one layer; tasks that name the last layer, those
// of tasks that name none.
func TestUnreadLayers(t *testing.T) {
	all := func(layer string) (overrides []string) {
		for _, name := range []string{"topic", "names", "many", "score", "chunks"} {
			overrides = append(overrides, "tasks."+name+".layer="+layer)
		}
		return overrides
	}
	recurrent := "encoder.lstm.recurrent_dropout=0.2"
	for _, c := range [][2][]string{
		{append(all("1"), recurrent), {"encoder.lstm.layers=1", recurrent}},
		{append(all("2"), recurrent), {recurrent}},
	} {
		j, p := small(t, c[0]...)
		other, _ := small(t, c[1]...)
		a, b := newModel(j, p), newModel(other, p)
		for i := range uint64(5) {
			step := planner(t, j, p).At(i)
			if root(t, a.engine(1), p, step).Hash() != root(t, b.engine(1), p, step).Hash() {
				t.Errorf("%v and %v differ in step %d", c[0], c[1], i)
			}
		}
		if Sha256(a.Params) != Sha256(b.Params) {
			t.Errorf("%v and %v start with other parameters", c[0], c[1])
		}
	}
}

// An encoder that is cut at a layer which one task reads computes the bits of one that is not cut: the other
// tasks have the same gradients, in two slots in place of one.
func TestCutEncoderComputesTheSame(t *testing.T) {
	apart := append([]string{"encoder.lstm.recurrent_dropout=0.2"}, noReads...)
	whole, p := small(t, apart...)
	cut, _ := small(t, append(apart, "tasks.topic.layer=1")...)
	a, b := newModel(whole, p), newModel(cut, p)
	lower, upper := 0, slices.IndexFunc(b.groups, func(g nn.GroupSpec) bool { return g.Name == "encoder.2" })
	join := func(low, high []float32) []float32 { return append(slices.Clone(low), high...) }
	if !slices.Equal(join(b.Params.Groups[lower].Data, b.Params.Groups[upper].Data), a.Params.Groups[0].Data) {
		t.Error("other initial values")
	}
	compared := 0
	for i := range uint64(12) {
		step := planner(t, whole, p).At(i)
		if whole.Tasks[step.Streams[0].Tasks[0]].Name == "topic" {
			continue
		}
		compared++
		one, two := root(t, a.engine(1), p, step), root(t, b.engine(2), p, step)
		if !slices.Equal(one.Dense[0], join(two.Dense[lower], two.Dense[upper])) {
			t.Errorf("step %d has another gradient", i)
		}
	}
	if compared == 0 {
		t.Error("no step was compared")
	}
}

// A group of one task trains as the task alone: after the same batches in the same steps, encoder and head have
// the bits of a model that has only this task.
func TestGroupOfOneTaskIsTheTaskAlone(t *testing.T) {
	groups := slices.Clone(noReads)
	for _, name := range []string{"topic", "names", "many", "score", "chunks"} {
		groups = append(groups, "tasks."+name+".group=of-"+name)
	}
	together, p := small(t, groups...)
	for at, task := range together.Tasks {
		alone, _ := small(t, noReads...)
		alone.Tasks = []job.Task{alone.Tasks[at]}
		q, _, err := data.Prepare(t.Context(), alone, nil)
		if err != nil {
			t.Fatal(err)
		}
		if q.Vocab.Len() != p.Vocab.Len() {
			t.Fatal("the task alone has another vocabulary")
		}
		a, b := newModel(together, p), newModel(alone, q)
		stepA, stepB := trainer(t, a, p), trainer(t, b, q)
		for i := range uint64(20) {
			step := planner(t, together, p).At(i)
			mine := step.Streams[0].Tasks[0] == at
			stepA(step)
			if mine {
				step.Streams[0].Tasks = []int{0}
				stepB(step)
			}
		}
		compared := 0
		for _, g := range b.Params.Groups {
			i := slices.IndexFunc(a.Params.Groups, func(of *nn.Group) bool {
				return of.Name == g.Name || of.Name == "group.of-"+task.Name+"."+g.Name
			})
			if !slices.Equal(a.Params.Groups[i].Data, g.Data) {
				t.Errorf("%s: %s differs", task.Name, g.Name)
			}
			if compared++; slices.Equal(g.Data, b.Start().Groups[compared-1].Data) {
				t.Errorf("%s: %s is not trained", task.Name, g.Name)
			}
		}
		if compared != 3 {
			t.Errorf("%d groups of parameters", compared)
		}
	}
}

// trainer returns a function that takes a sampled step with Adam and clipping.
func trainer(t *testing.T, m *testModel, p *data.Prepared) func(plan.Step) {
	e, scaler := m.engine(1), optim.NewScaler(1)
	o := optim.New(optim.Config{Kind: "adam", LR: 0.01, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Shape: m.Shape()}, m.Params)
	return func(step plan.Step) {
		e.Pack(m.Params, nil)
		g := root(t, e, p, step)
		_, norm := scaler.Scale(g, float32(1/g.Loss[step.Streams[0].Tasks[0]].Weight))
		optim.Clip(g, norm, 0.5)
		o.Update(m.Params, g, 1)
	}
}

// A frozen slot belongs to nobody, and is no part of what tasks share.
func TestFrozenIsNotShared(t *testing.T) {
	j, p := small(t, noReads...)
	all := newModel(j, p)
	for _, g := range all.groups[:all.first] {
		j.Init.Freeze = append(j.Init.Freeze, g.Name)
	}
	m := newModel(j, p)
	dense, tables := m.SharedRanges()
	if parts := m.SharedTensors(); len(parts)+len(m.SharedEncoder().Ranges)+len(dense)+len(tables) > 0 {
		t.Errorf("a frozen encoder is shared: %v, %v, %v", parts, dense, tables)
	}
	for slot := range m.first {
		if owner := m.Owner(slot); owner != Nobody {
			t.Errorf("frozen %s belongs to %d", m.groups[slot].Name, owner)
		}
	}
}
