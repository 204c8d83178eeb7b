package optim

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"braid/gradient"
	"braid/nn"
)

// A chain has the transforms of its kind and options, in their order, and no others: a transform
// that changes nothing would still take memory and time.
func TestChains(t *testing.T) {
	for name, want := range map[string]string{
		"sgd":          "{}",
		"sgd_decay":    "Decay{0.01} Momentum{0.9 false} {}",
		"sgd_nesterov": "Momentum{0.9 true} {}",
		"adam":         "Adam{0.9 0.99 1e-08} {}",
		"adam_decay":   "Decay{0.1} Adam{0.9 0.99 1e-08} {}",
		"adamw":        "Shrink{0.1} Adam{0.9 0.999 1e-08} {}",
		"rmsprop":      "RMSprop{0.99 1e-08} {}",
		"rmsprop_mom":  "RMSprop{0.99 1e-08} Momentum{0.5 false} {}",
		"adagrad":      "Adagrad{1e-10} {}",
	} {
		var got []string
		for _, transform := range configs[name].Chain() {
			got = append(got, strings.TrimPrefix(fmt.Sprintf("%T", transform), "optim.")+fmt.Sprint(transform))
		}
		if all := strings.ReplaceAll(strings.Join(got, " "), "Descend{}", "{}"); all != want {
			t.Errorf("%s: %s, want %s", name, all, want)
		}
	}
	// Nesterov and momentum are of some kinds alone.
	for _, kind := range []string{"adam", "adamw", "adagrad"} {
		c := Config{Kind: kind, Momentum: 0.9, Nesterov: true}
		if slices.ContainsFunc(c.Chain(), func(t Transform) bool { _, is := t.(Momentum); return is }) {
			t.Errorf("%s has momentum", kind)
		}
	}
	c := Config{Kind: "rmsprop", Momentum: 0.9, Nesterov: true}
	if m := c.Chain()[1].(Momentum); m.Nesterov {
		t.Error("rmsprop looks ahead")
	}
}

// Adam and AdamW run fused; the others run as their chain.
func TestFuse(t *testing.T) {
	for name, c := range configs {
		fused := fuse(c)
		f, is := fused[0].(FusedAdam)
		if New(c, model(1)).readsOnly != is {
			t.Errorf("%s copies gradients: %v", name, is)
		}
		if want := strings.HasPrefix(name, "adam"); is != want || is && len(fused) != 1 {
			t.Errorf("%s runs as %T of %d", name, fused[0], len(fused))
		}
		if is && (f.Decay != 0) != (name == "adam_decay") || is && (f.Shrink != 0) != (name == "adamw") {
			t.Errorf("%s runs as %+v", name, f)
		}
	}
}

// Every touched row is updated by its own gradient, in as many pieces as it takes.
func TestRowsOfSeveralPieces(t *testing.T) {
	const rows, dim = 2*pieceSize/dimOfTest + 3, dimOfTest
	for _, dense := range []bool{false, true} {
		ps := &nn.ParamSet{Groups: []*nn.Group{nn.NewTable("word", nn.Spec{Name: "w", Shape: []int{rows, dim}})}}
		g := gradient.Rows{Dim: dim}
		for id := range uint32(rows) {
			if id%17 == 5 {
				continue
			}
			g.IDs = append(g.IDs, id)
			for k := range dim {
				g.Data = append(g.Data, float32(int(id)*dim+k+1))
			}
		}
		New(Config{Kind: "sgd", LR: 1, Dense: dense}, ps).Update(ps, &gradient.Gradient{Rows: []gradient.Rows{g}}, 1)
		for i, got := range ps.Groups[0].Data {
			want := -float32(i + 1)
			if i/dim%17 == 5 {
				want = 0
			}
			if got != want {
				t.Fatalf("dense %v: number %d is %v, want %v", dense, i, got, want)
			}
		}
	}
}

const dimOfTest = 7

// The rate of a step is the learning rate times the schedule's factor.
func TestRate(t *testing.T) {
	ps := &nn.ParamSet{Groups: []*nn.Group{nn.NewGroup("a", []nn.Spec{{Name: "w", Shape: []int{1}}})}}
	o := New(Config{Kind: "sgd", LR: 0.5}, ps)
	g := &gradient.Gradient{Dense: [][]float32{{8}}}
	o.Update(ps, g, 0.25)
	if got := ps.Groups[0].Data[0]; got != -1 {
		t.Errorf("a gradient of 8 at a rate of 0.125 gives %v", got)
	}
	if g.Dense[0][0] != 8 {
		t.Errorf("the gradient has become %v", g.Dense[0][0])
	}
}
