package optim

import (
	"strings"
	"testing"

	"braid/gradient"
	"braid/nn"
)

// A gradient of another shape is refused before anything changes.
func TestUpdateRefusesAnotherShape(t *testing.T) {
	rows := func(dim int, ids ...uint32) gradient.Rows {
		return gradient.Rows{Dim: dim, IDs: ids, Data: make([]float32, dim*len(ids))}
	}
	for _, c := range []struct {
		want  string // in the panic; empty: none
		dense []float32
		rows  gradient.Rows
	}{
		{"", make([]float32, 3), rows(2, 0, 4)},
		{"", nil, rows(2)},
		{"gradient of a has 2 numbers, want 3", make([]float32, 2), gradient.Rows{}},
		{"gradient of a has 4 numbers, want 3", make([]float32, 4), gradient.Rows{}},
		{"gradient of b has row 5 of 5", nil, rows(2, 1, 5)},
		{"gradient of b has 3 numbers, want (1, 2)", nil, gradient.Rows{Dim: 2, IDs: []uint32{0}, Data: make([]float32, 3)}},
	} {
		ps := &nn.ParamSet{Groups: []*nn.Group{
			nn.NewGroup("a", []nn.Spec{{Name: "w", Shape: []int{3}}}),
			nn.NewTable("b", nn.Spec{Name: "w", Shape: []int{5, 2}}),
		}}
		o := New(configs["adam"], ps)
		got := panicOf(func() {
			o.Update(ps, &gradient.Gradient{Dense: [][]float32{c.dense, nil}, Rows: []gradient.Rows{{}, c.rows}}, 1)
		})
		if c.want == "" && got != "" || c.want != "" && !strings.Contains(got, c.want) {
			t.Errorf("panic %q, want %q", got, c.want)
		}
	}
}

// A gradient that ends before a group has nothing for it.
func TestShortGradients(t *testing.T) {
	ps := model(1)
	o := New(configs["sgd"], ps)
	for groups := range 3 {
		g := &gradient.Gradient{Dense: make([][]float32, 2), Rows: make([]gradient.Rows, groups)}
		g.Dense[0] = make([]float32, len(ps.Groups[0].Data))
		o.Update(ps, g, 1)
	}
	if o.Steps(0) != 3 || o.Steps(1) != 0 || o.Steps(2) != 0 {
		t.Errorf("steps %d %d %d", o.Steps(0), o.Steps(1), o.Steps(2))
	}
}

func panicOf(f func()) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = r.(string)
		}
	}()
	f()
	return ""
}

func TestUnknownNamesPanic(t *testing.T) {
	if got := panicOf(func() { Config{Kind: "sdg"}.Chain() }); !strings.Contains(got, `"sdg"`) {
		t.Errorf("panic %q", got)
	}
	if got := panicOf(func() { Schedule("linaer", 0, 1, 1, 1) }); !strings.Contains(got, `"linaer"`) {
		t.Errorf("panic %q", got)
	}
}

// Every part of a state is checked, and a state that is refused changes nothing.
func TestRestoreChecksEverything(t *testing.T) {
	ps := model(1)
	source := New(configs["adam"], ps)
	source.Update(ps, step(ps, 1), 1)
	for name, change := range map[string]func(s *State){
		"a group too few":   func(s *State) { s.Steps = s.Steps[1:] },
		"a tensor too few":  func(s *State) { s.Tensors = s.Tensors[1:] },
		"another name":      func(s *State) { s.Tensors[3].Name = "word.w" },
		"a number too few":  func(s *State) { s.Tensors[7].Data = s.Tensors[7].Data[1:] },
		"two tensors swaps": func(s *State) { s.Tensors[4], s.Tensors[5] = s.Tensors[5], s.Tensors[4] },
	} {
		s := source.State().Clone()
		change(&s)
		o := New(configs["adam"], ps)
		if o.Restore(s) == nil {
			t.Errorf("%s: accepted", name)
		}
		for i := range ps.Groups {
			if o.Steps(i) != 0 {
				t.Errorf("%s: group %d has %d steps", name, i, o.Steps(i))
			}
		}
		for _, tensor := range o.State().Tensors {
			for _, v := range tensor.Data {
				if v != 0 {
					t.Fatalf("%s: %s has changed", name, tensor.Name)
				}
			}
		}
	}
}

// A clone shares no memory.
func TestCloneIsApart(t *testing.T) {
	ps := model(1)
	o := New(configs["adam"], ps)
	s := o.State().Clone()
	o.Update(ps, step(ps, 1), 1)
	for i, tensor := range s.Tensors {
		for _, v := range tensor.Data {
			if v != 0 {
				t.Fatalf("%s of the clone has changed", s.Tensors[i].Name)
			}
		}
	}
	if s.Steps[0] != 0 || o.Steps(0) != 1 {
		t.Errorf("the clone has %d steps, the optimizer %d", s.Steps[0], o.Steps(0))
	}
}
