package model

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"braid/data"
)

// 64 goroutines share one predictor of 3 passes. Each gets the bits that the text gives alone.
func TestSharedPredictor(t *testing.T) {
	j, p := small(t)
	m := newModel(j, p)
	var texts []Text
	var want []string
	alone := m.predictor(p.Vocab, Limits{Passes: 1})
	for i := range 64 {
		texts = append(texts, Text{Text: strings.Repeat(fmt.Sprintf("w%d w%d ", i%30, i%7), 1+i%9)})
		want = append(want, fmt.Sprint(alone.mustAnswer(t, texts[i])[0]))
	}
	shared := m.predictor(p.Vocab, Limits{Passes: 3})
	var all sync.WaitGroup
	for i := range texts {
		all.Go(func() {
			for k := range 8 {
				at := (i + k*7) % len(texts)
				answers, err := shared.Answer(t.Context(), texts[at:])
				if err != nil || len(answers) != len(texts)-at {
					t.Error(len(answers), err)
					return
				}
				for n, a := range answers {
					if got := fmt.Sprint(a); got != want[at+n] {
						t.Errorf("text %d: %s, alone %s", at+n, got, want[at+n])
						return
					}
				}
			}
		})
	}
	all.Wait()
}

// large returns an untrained model of 2.4 million parameters.
func large(t testing.TB) (*testModel, *data.Vocab) {
	j, p := small(t, "encoder.word.dim=128", "encoder.lstm.hidden=200", "training.steps=1", "training.epochs=0")
	return newModel(j, p), p.Vocab
}

// allocated returns the bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A further predictor of the same weights costs less than 1 MB before its first call, and the
// weights of a predictor have nothing for backward.
func TestFurtherPredictor(t *testing.T) {
	m, v := large(t)
	var w, trained *Weights
	packing := allocated(func() { w = NewWeights(m.Architecture, m.Params) })
	first := NewPredictor(w, v, Limits{Passes: 64})
	first.mustAnswer(t, Text{Text: "w1 w2 w3"})
	var further *Predictor
	bytes := allocated(func() { further = NewPredictor(w, v, Limits{Passes: 64}) })
	t.Logf("model of %d bytes: weights %d bytes, a further predictor %d bytes", 4*m.Len(), packing, bytes)
	if bytes > 1<<20 {
		t.Errorf("a further predictor allocates %d bytes", bytes)
	}
	whole := allocated(func() {
		trained = newWeights(m.Architecture, true)
		for i := range trained.begin(m.Params, nil) {
			trained.encoder.Pack(i)
		}
	})
	if packing > whole*6/10 {
		t.Errorf("weights for forward take %d bytes, those for backward, too, take %d", packing, whole)
	}
	text := Text{Text: "w4 w5"}
	if a, b := fmt.Sprint(first.mustAnswer(t, text)), fmt.Sprint(further.mustAnswer(t, text)); a != b {
		t.Errorf("%s\n%s", a, b)
	}
}

// A text of a million words is cut by the limit, also where the job's max_tokens would let it in.
func TestLongText(t *testing.T) {
	j, p := small(t)
	m := newModel(j, p)
	long := Text{Text: strings.Repeat("w1 w2 ", 500_000)}
	words := Joined(strings.Fields(long.Text))
	for i := range m.Job.Data {
		m.Job.Data[i].MaxTokens = 2_000_000
	}
	predictor := m.predictor(p.Vocab, Limits{Passes: 2, MaxWords: 100})
	for _, text := range []Text{long, words} {
		a := predictor.mustAnswer(t, text)[0]
		if !a.Truncated || len(a.Words) != 100 || !a.Tasks[0].Truncated || len(a.Tasks[1].Tags) != 100 {
			t.Errorf("truncated %v, %d words", a.Truncated, len(a.Words))
		}
	}
	if a := predictor.mustAnswer(t, Text{Text: "w1 w2"})[0]; a.Truncated {
		t.Error("a short text is truncated")
	}
	m.Job.Data[0].MaxTokens = 3
	if a := m.predictor(p.Vocab, Limits{MaxWords: 100}).mustAnswer(t, long)[0]; len(a.Words) != 3 {
		t.Errorf("%d words, max_tokens is 3", len(a.Words))
	}
}

// Invalid arguments are errors.
func TestAnswerErrors(t *testing.T) {
	j, p := small(t)
	predictor := newModel(j, p).predictor(p.Vocab, Limits{})
	for _, words := range [][]data.Token{
		{{Start: 0, End: 4}}, {{Start: 2, End: 3}, {Start: 1, End: 2}}, {{Start: -1, End: 1}}, {{Start: 2, End: 1}},
	} {
		_, err := predictor.Answer(t.Context(), []Text{{Text: "fine"}, {Text: "abc", Words: words}})
		if err == nil || !strings.Contains(err.Error(), "text 2: word ") {
			t.Errorf("%v: %v", words, err)
		}
	}
	if all := predictor.mustAnswer(t); len(all) != 0 {
		t.Errorf("%d answers to nothing", len(all))
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := predictor.Answer(ended, []Text{{Text: "a"}}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	// All passes are taken: the call waits until its context ends.
	taken := <-predictor.passes
	waiting, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { _, err := predictor.Answer(waiting, []Text{{Text: "a"}}); done <- err }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	predictor.passes <- taken
	predictor.mustAnswer(t, Text{Text: "a"})
}

// New and NewParams draw no initial values: they call no name of a word.
func TestArchitectureHasNoNumbers(t *testing.T) {
	j, p := small(t)
	s := Spec{Job: j, Words: 1 << 24, Labels: p.Labels}
	s.Word = func(uint32) string { t.Error("an initial value is drawn"); return "" }
	if bytes := allocated(func() { mustNew(s) }); bytes > 1<<20 {
		t.Errorf("an architecture of 2^24 words allocates %d bytes", bytes)
	}
	s.Words = p.Vocab.Len()
	a := mustNew(s)
	for _, g := range a.NewParams().Groups {
		for _, v := range g.Data {
			if v != 0 {
				t.Fatalf("%s starts with %v", g.Name, v)
			}
		}
	}
	if n := a.NewParams().Len(); n != a.Len() {
		t.Errorf("%d parameters, Len says %d", n, a.Len())
	}
}

func BenchmarkPredictor(b *testing.B) {
	m, v := large(b)
	p := m.predictor(v, Limits{Passes: 2})
	texts := make([]Text, 64)
	for i := range texts {
		texts[i].Text = "w1 w2 w3 w4 w5 w6 w7 w8"
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Answer(b.Context(), texts); err != nil {
			b.Fatal(err)
		}
	}
}
