package model

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/nn"
	"braid/plan"
)

// BenchmarkStep computes the root of one step's tree in the settings of docs/performance.md.
func BenchmarkStep(b *testing.B) {
	settings := []struct{ dim, hidden, batch, length int }{{128, 256, 64, 32}, {100, 100, 64, 32}, {64, 64, 32, 20}}
	for _, s := range settings {
		for _, threads := range []int{1, 2} {
			name := fmt.Sprintf("D=%d/H=%d/batch=%d/length=%d/threads=%d", s.dim, s.hidden, s.batch, s.length, threads)
			b.Run(name, func(b *testing.B) {
				e, params, set, steps := benchmarkModel(b, s.dim, s.hidden, s.batch, s.length, threads)
				sets, scale := []data.Set{set}, []float32{1, 1}
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					e.Pack(params, nil)
					g, err := e.Gradients(b.Context(), sets, steps[i%2], scale, []gradient.Node{gradient.Root}, nil)
					if err != nil {
						b.Fatal(err)
					}
					e.Release(g[0])
					i++
				}
				b.ReportMetric(float64(b.N*s.batch*s.length)/b.Elapsed().Seconds(), "tokens/s")
			})
		}
	}
}

// BenchmarkInputs computes steps of WNUT-17, in turn with words alone, with features of words and
// with characters. The cost of an input is the share of the tokens/s with words alone that it takes.
func BenchmarkInputs(b *testing.B) {
	inputs := []struct {
		name string
		set  []string
	}{
		{"words", []string{"encoder.word.features=off", "encoder.char.kind=off"}},
		{"features", []string{"encoder.word.features=hashed", "encoder.char.kind=off"}},
		{"characters", []string{"encoder.word.features=off", "encoder.char.kind=conv"}},
		{"features+characters", []string{"encoder.word.features=hashed", "encoder.char.kind=conv"}},
	}
	rates := make([]struct {
		seconds float64
		tokens  int
	}, len(inputs))
	var steps []func(n int) (tokens int)
	for _, input := range inputs {
		path, err := filepath.Abs("../../shared/data/wnut17/train.conll")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := os.Stat(path); err != nil {
			b.Skip("the data are not here: scripts/data/get.sh wnut17")
		}
		j, err := job.Load("../examples/wnut17.yaml", append(input.set,
			"data.wnut17.train="+path, "data.wnut17.dev=", "data.wnut17.test=", "encoder.lstm.hidden=200",
			"training.batch=32", "tasks.entities.decoder=linear")...)
		if err != nil {
			b.Fatal(err)
		}
		p, _, err := data.Prepare(b.Context(), j, nil)
		if err != nil {
			b.Fatal(err)
		}
		m, pl := newModel(j, p), planner(b, j, p)
		e := m.engine(1)
		steps = append(steps, func(n int) (tokens int) {
			step := pl.At(uint64(n) % pl.Steps())
			e.Pack(m.Params, nil)
			g, err := e.Gradients(b.Context(), p.Sets, step, []float32{1}, []gradient.Node{gradient.Root}, nil)
			if err != nil {
				b.Fatal(err)
			}
			tokens = int(g[0].Loss[0].Weight)
			e.Release(g[0])
			return tokens
		})
		steps[len(steps)-1](0)
	}
	for n := 0; b.Loop(); n++ {
		for i, step := range steps {
			begin := time.Now()
			rates[i].tokens += step(n)
			rates[i].seconds += time.Since(begin).Seconds()
		}
	}
	words := float64(rates[0].tokens) / rates[0].seconds
	b.ReportMetric(words, "tokens/s-words")
	for i, input := range inputs[1:] {
		rate := float64(rates[i+1].tokens) / rates[i+1].seconds
		b.ReportMetric(100*(1-rate/words), "%cost-"+input.name)
	}
}

// benchmarkModel has 1,000 words, two heads of 7 and 72 classes, and a step of each.
func benchmarkModel(b *testing.B, dim, hidden, batch, length, threads int) (
	*Engine, *nn.ParamSet, data.Set, []plan.Step) {
	j, err := job.Parse("bench.yaml", fmt.Appendf(nil, `
data: {s: {format: jsonl, train: none.jsonl}}
encoder: {word: {dim: %d, dropout: 0, features: "off"}, lstm: {hidden: %d, layers: 1, bidirectional: false, dropout: 0}}
tasks:
  - {name: class, kind: classification, data: s, field: c, pooling: mean}
  - {name: tag, kind: tagging, scheme: plain, data: s, field: t}
training: {batch: %d, shards: 8, epochs: 1}
`, dim, hidden, batch), nil)
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	c := &data.Corpus{Offsets: []uint32{0}, Targets: []data.Target{{Task: 0}, {Task: 1}}}
	step := plan.Step{Streams: []plan.Stream{{Shards: make([][]int32, 8)}}}
	for i := range batch {
		for range length {
			c.Words = append(c.Words, uint32(r.IntN(1000)))
			c.Targets[1].Tags = append(c.Targets[1].Tags, int32(r.IntN(72)))
		}
		c.Offsets = append(c.Offsets, uint32(len(c.Words)))
		c.Targets[0].Class = append(c.Targets[0].Class, int32(r.IntN(7)))
		c.Any = append(c.Any, uint32(i))
		k := i * 8 / batch
		step.Streams[0].Shards[k] = append(step.Streams[0].Shards[k], int32(i))
	}
	c.Targets[0].Labelled, c.Targets[1].Labelled = c.Any, c.Any
	labels := make([]*data.Labels, 2)
	for t, n := range []int{7, 72} {
		var names []string
		for i := range n {
			names = append(names, fmt.Sprint(i))
		}
		labels[t] = data.NewLabels(names)
	}
	steps := []plan.Step{step, step}
	for t := range steps {
		stream := step.Streams[0]
		stream.Tasks = []int{t}
		steps[t].Streams = []plan.Stream{stream}
	}
	m := started(Spec{Job: j, Words: 1000, Labels: labels})
	return m.engine(threads), m.Params, data.Set{Name: "s", Train: c}, steps
}
