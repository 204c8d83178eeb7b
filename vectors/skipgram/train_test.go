package skipgram

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"braid/internal/kernel"
	"braid/internal/rng"
)

// made is a text of two subjects, whose words occur in the sentences of their subject alone.
func made(sentences int) *Corpus {
	subjects := [][]string{strings.Fields("cat dog horse fur paw tail barn"),
		strings.Fields("rook queen pawn board mate knight")}
	c, random := &Corpus{}, rng.Key{Seed: 7}.Stream()
	for range sentences {
		subject := subjects[random.Intn(2)]
		var words []string
		for range 6 {
			words = append(words, subject[random.Intn(len(subject))])
		}
		if err := c.Add(append(words, "the", ".")); err != nil {
			panic(err)
		}
	}
	return c
}

func small() Config {
	c := Default()
	c.Dim, c.Epochs, c.MinCount, c.Buckets, c.Sample = 12, 6, 2, 500, 1e-2
	return c
}

func train(t *testing.T, text *Corpus, c Config) *Vectors {
	t.Helper()
	v, err := Train(context.Background(), text, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// cosine is the cosine of the vectors of two words.
func (v *Vectors) cosine(a, b string) float64 {
	row := func(w string) []float32 { i := slices.Index(v.Words, w); return v.Rows[i*v.Dim : (i+1)*v.Dim] }
	x, y := row(a), row(b)
	return kernel.Dot(x, y) / math.Sqrt(kernel.SumSquares(x)*kernel.SumSquares(y))
}

// Words that occur together are near, others are not.
func TestRelatedWordsAreNear(t *testing.T) {
	for _, n := range []int{0, 4} {
		c := small()
		c.MaxN = n
		v := train(t, made(800), c)
		for _, w := range []struct{ a, near, far string }{{"cat", "dog", "queen"}, {"horse", "barn", "board"},
			{"rook", "pawn", "paw"}, {"mate", "knight", "tail"}} {
			if near, far := v.cosine(w.a, w.near), v.cosine(w.a, w.far); near < far+0.3 {
				t.Errorf("n-grams to %d: %s is at %.2f of %s and at %.2f of %s", n, w.a, near, w.near, far, w.far)
			}
		}
	}
}

// Words that share n-grams are near even if one of them has hardly any context.
func TestNGramsRelateWords(t *testing.T) {
	text := made(800)
	for range 2 {
		_ = text.Add([]string{"horses"})
	}
	if v := train(t, text, small()); v.cosine("horse", "horses") < 0.5 {
		t.Errorf("horse and horses: %.2f", v.cosine("horse", "horses"))
	}
}

// The same text and settings give the same bits. Another seed gives others.
func TestTrainIsAFunction(t *testing.T) {
	one, two := train(t, made(60), small()), train(t, made(60), small())
	if !slices.Equal(one.Rows, two.Rows) || !slices.Equal(one.Words, two.Words) {
		t.Error("two trainings differ")
	}
	c := small()
	c.Seed++
	if slices.Equal(train(t, made(60), c).Rows, one.Rows) {
		t.Error("another seed gives the same vectors")
	}
}

// The n-grams are those of the word between < and >, without the word itself and the marks alone.
func TestNGrams(t *testing.T) {
	c := Config{MinN: 1, MaxN: 3, Buckets: 1 << 30}
	var want []uint32
	for _, gram := range strings.Fields("<d <dü d dü dü> ü ü>") {
		want = append(want, 5+fnv(gram)%(1<<30))
	}
	if got := c.ngrams(nil, "dü", 5); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := c.ngrams(nil, strings.Repeat("x", 10_000), 0); len(got) != maxNGrams {
		t.Errorf("%d n-grams of a long word", len(got))
	}
}

// A text without two words of the least count is an error with a mend.
func TestTooLittleText(t *testing.T) {
	c := &Corpus{}
	_ = c.Add([]string{"a", "a", "b"})
	_, err := Train(context.Background(), c, small(), nil)
	if want := "1 of 2 words occur 2 times or more: give more text, or lower the minimal count"; fmt.Sprint(err) != want {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Train(ctx, made(4000), small(), nil); err == nil {
		t.Error("a cancelled training ends without an error")
	}
}

// Progress is reported at a steady pace, whatever the lengths of the sentences, and a training ends soon after its
// context.
func TestProgress(t *testing.T) {
	c := &Corpus{}
	for range 30_000 {
		_ = c.Add([]string{"a", "b", "a"}) // 4 with the end, which divides reportWords
	}
	config := small()
	config.Epochs, config.MaxN = 2, 0
	ctx, cancel := context.WithCancel(context.Background())
	var shares []float64
	_, err := Train(ctx, c, config, func(share float64) {
		if shares = append(shares, share); share > 0.5 {
			cancel()
		}
	})
	if err == nil || len(shares) != 9 || !slices.IsSorted(shares) {
		t.Errorf("%d reports, %v: %v", len(shares), shares, err)
	}
}
