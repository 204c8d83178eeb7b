package model

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/plan"
)

// BenchmarkCRF computes steps and scores of a tagger with a bidirectional layer of 200 units, in turn with the linear
// decoder and with the CRF, which costs the difference of the two rates. Texts have 1 to 30 words.
func BenchmarkCRF(b *testing.B) {
	for _, tags := range []int{9, 40, 72, 160} {
		b.Run(fmt.Sprintf("tags=%d", tags), func(b *testing.B) {
			sides := []*tagger{newTagger(b, "linear", tags), newTagger(b, "crf", tags)}
			var train, score [2][]float64
			for b.Loop() {
				for i, s := range sides {
					train[i] = append(train[i], s.rate(s.step))
					score[i] = append(score[i], s.rate(s.score))
				}
			}
			report := func(name string, rates [2][]float64) {
				var median [2]float64
				for i, r := range rates {
					slices.Sort(r)
					median[i] = r[len(r)/2]
				}
				b.ReportMetric(median[1], name+"-tokens/s")
				b.ReportMetric(100*(1-median[1]/median[0]), name+"-%cost")
			}
			report("train", train)
			report("score", score)
		})
	}
}

// tagger is a model with one task and a step of 64 texts.
type tagger struct {
	b      *testing.B
	engine *Engine
	model  *testModel
	set    data.Set
	plan   plan.Step
	words  int
}

func newTagger(b *testing.B, decoder string, tags int) *tagger {
	const texts, shards = 64, 8
	j, err := job.Parse("bench.yaml", fmt.Appendf(nil, `
data: {s: {format: jsonl, train: none.jsonl}}
encoder: {word: {dim: 100, features: "off"}, lstm: {hidden: 200}}
tasks: [{name: tag, kind: tagging, data: s, field: t, decoder: %s}]
training: {batch: %d, shards: %d, epochs: 1}
`, decoder, texts, shards), nil)
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	c := &data.Corpus{Offsets: []uint32{0}, Targets: []data.Target{{}}}
	stream := plan.Stream{Shards: make([][]int32, shards), Tasks: []int{0}}
	for i := range texts {
		for range 1 + r.IntN(30) {
			c.Words = append(c.Words, uint32(r.IntN(1000)))
			c.Targets[0].Tags = append(c.Targets[0].Tags, int32(r.IntN(tags)))
		}
		c.Offsets = append(c.Offsets, uint32(len(c.Words)))
		c.Any = append(c.Any, uint32(i))
		k := i * shards / texts
		stream.Shards[k] = append(stream.Shards[k], int32(i))
	}
	c.Targets[0].Labelled = c.Any
	names := []string{"O"}
	for i := range tags / 2 {
		names = append(names, fmt.Sprintf("B-%d", i), fmt.Sprintf("I-%d", i))
	}
	m := started(Spec{Job: j, Words: 1000, Labels: []*data.Labels{data.NewLabels(names[:tags])}})
	return &tagger{b, m.engine(1), m, data.Set{Name: "s", Train: c, Dev: c},
		plan.Step{Streams: []plan.Stream{stream}}, len(c.Words)}
}

// rate returns the words per second of processor time of f, which load from other programs hardly changes.
func (t *tagger) rate(f func()) float64 {
	begin := processorTime(t.b)
	f()
	return float64(t.words) / (processorTime(t.b) - begin).Seconds()
}

func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func (t *tagger) step() {
	t.engine.Pack(t.model.Params, nil)
	sets, root := []data.Set{t.set}, []gradient.Node{gradient.Root}
	g, err := t.engine.Gradients(t.b.Context(), sets, t.plan, []float32{1}, root, nil)
	if err != nil {
		t.b.Fatal(err)
	}
	t.engine.Release(g[0])
}

func (t *tagger) score() {
	blocks := []ExampleBlock{{Split: job.Dev, Hi: t.set.Dev.Len()}}
	if _, err := t.engine.Scores(t.b.Context(), []data.Set{t.set}, blocks, false); err != nil {
		t.b.Fatal(err)
	}
}
