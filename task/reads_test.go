package task

import (
	"fmt"
	"math"
	"testing"

	"braid/data"
	"braid/job"
	"braid/nn"
)

// readingBlock is newBlock with a head that reads a classification and a multilabel task, whose heads have run.
func readingBlock(t job.Task) (b *block, read []*Pass) {
	b = newBlock(t)
	var heads []*Head
	for i, kind := range []string{"classification", "multilabel"} {
		task := job.Task{Kind: kind, Decoder: "linear", Pooling: "mean"}
		h := NewHead(task, data.NewLabels([]string{"a", "b", "c", "d"}[:3+i]), Hidden{width, 2, job.PerWord})
		g := nn.NewGroup(kind, h.Specs())
		g.Init(uint64(i), h.Specs())
		w, p := h.NewWeights(), h.NewPass()
		w.Pack(g.Params, false)
		p.Forward(w, b.layout, b.hidden)
		heads, read = append(heads, h), append(read, p)
	}
	b.head = NewHead(t, b.head.labels, Hidden{width, 2, job.PerWord}, heads...)
	b.group = nn.NewGroup("head", b.head.Specs())
	b.group.Init(7, b.head.Specs())
	b.pass, b.weights = b.head.NewPass(read...), b.head.NewWeights()
	return b, read
}

// The gradients of every kind and pooling equal finite differences, in which the probabilities that are read are
// constant: the heads that are read do not run again.
func TestReadingHeadGradient(t *testing.T) {
	for _, task := range heads() {
		t.Run(task.Kind+task.Pooling, func(t *testing.T) {
			b, _ := readingBlock(task)
			b.loss()
			dHidden := append([]float32(nil), b.pass.Backward(b.weights, make([]float32, 3))...)
			for i, v := range b.pass.Backward(b.weights, nil) {
				if v != dHidden[i] {
					t.Fatalf("hidden[%d]: %v in a small room, %v without a room", i, dHidden[i], v)
				}
			}
			checkDifferences(t, "hidden", b, b.hidden, dHidden)
			checkDifferences(t, "params", b, b.group.Data, b.gradient())
		})
	}
}

// A decoder reads each row with the probabilities of its own text times √W, in the order of the list.
func TestReadingRows(t *testing.T) {
	for _, kind := range []string{"tagging", "classification"} {
		b, read := readingBlock(job.Task{Kind: kind, Decoder: "linear", Pooling: "mean", Scheme: "plain"})
		b.loss()
		classes, rows := b.head.classes, b.layout.B()
		if kind == "tagging" {
			rows = b.layout.N()
		}
		weight, bias := b.group.Params[0].Data, b.group.Params[1].Data
		logits := b.pass.decoder.(*linearPass).logits
		for row := range rows {
			text := row
			x := make([]float32, width)
			if kind == "tagging" {
				text = int(b.layout.SeqOf[row])
				copy(x, b.hidden[row*width:])
			} else {
				for r, i := range b.layout.SeqOf {
					for j := range x {
						if int(i) == text {
							x[j] += b.hidden[r*width+j] / float32(b.layout.Lengths[text])
						}
					}
				}
			}
			for _, p := range read {
				for _, v := range p.Answer(text).Probabilities {
					if !(v > 0 && v < 1) {
						t.Fatal(v)
					}
				}
				p.decoder.Probabilities(text, &p.answer)
				for _, v := range p.answer.Probabilities {
					x = append(x, v*float32(math.Sqrt(width)))
				}
			}
			for c := range classes {
				want := float64(bias[c])
				for j, v := range x {
					want += float64(v) * float64(weight[c*len(x)+j])
				}
				if got := float64(logits[row*classes+c]); math.Abs(got-want) > 1e-5 {
					t.Errorf("%s, row %d, class %d: logit %v, want %v", kind, row, c, got, want)
				}
			}
		}
		if got := fmt.Sprint(b.group.Params[0].Shape); got != fmt.Sprintf("[3 %d]", width+3+4) {
			t.Error(got)
		}
	}
}

// Reading allocates nothing, and a block without texts is no special case.
func TestReadingAllocatesNothing(t *testing.T) {
	b, read := readingBlock(job.Task{Kind: "tagging", Decoder: "linear", Scheme: "plain"})
	room := make([]float32, len(b.hidden))
	step := func() {
		b.loss()
		b.pass.Backward(b.weights, room)
	}
	step()
	if n := testing.AllocsPerRun(10, step); n > 0 {
		t.Errorf("%v allocations", n)
	}
	empty := nn.NewLayout(nil, nil, 1)
	for _, p := range append(read, b.pass) {
		w := p.head.NewWeights()
		w.Pack(nn.NewGroup("head", p.head.Specs()).Params, false)
		p.Forward(w, empty, nil)
	}
}
