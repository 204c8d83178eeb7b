package encoder

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"braid/data"
	"braid/gradient"
	"braid/job"
)

// someFeatures is an input of 12 features.
type someFeatures struct{}

func (someFeatures) Size() int                              { return 12 }
func (someFeatures) Append(dst []uint32, _ string) []uint32 { return dst }
func (someFeatures) Entries() []string                      { return strings.Split("abcdefghijkl", "") }

// someColumn has 0 to 3 features for each of n words. Some words have equal ones.
func someColumn(n int, seed uint64) data.Column {
	c, r := data.Column{Off: []uint32{0}}, rand.New(rand.NewPCG(3, 4+seed))
	for k := range n {
		if k%3 == 1 && k > 1 {
			c.IDs = append(c.IDs, c.IDs[c.Off[k-1]:c.Off[k]]...)
		} else {
			for range r.IntN(4) {
				c.IDs = append(c.IDs, uint32(r.IntN(12)))
			}
		}
		c.Off = append(c.Off, uint32(len(c.IDs)))
	}
	return c
}

// featuresJob has an embedding that drops elements and replaces rare words at the given rate.
func featuresJob(features string, unknown float64) job.Encoder {
	return job.Encoder{Kind: "lstm", Word: job.Word{Dim: 6, Dropout: 0.3, Unknown: unknown, Features: features},
		LSTM: job.LSTM{Hidden: 5, Layers: 1, Bidirectional: true}}
}

// A slow twin has a word of its own at every place of the corpus, whose vector is the sum. Both
// have the same hidden states, in training and in evaluation, and the gradient of a feature is
// the sum of those of the twin's words with the feature. Where training replaces all rare words,
// the features are still those of the words that the text has.
func TestFeaturesAreAdded(t *testing.T) {
	for _, unknown := range []float64{0, 1} {
		s := newSceneOf(featuresJob(job.FeaturesHashed, unknown))
		c, d := s.block.Corpus, 6
		words, table := s.groups[lstmInput+embeddingWords].Data, s.groups[lstmInput+embeddingFeatures].Data
		column := c.Columns[0]
		rare := []uint32{0, 1, 2, 3, 4, 0, 1, 7, 8}
		own := &data.Corpus{Offsets: c.Offsets}
		sums := [2][]float32{} // in evaluation and in training
		for place, id := range c.Words {
			own.Words = append(own.Words, uint32(place))
			for training := range sums {
				if training == 1 && unknown == 1 {
					id = rare[id]
				}
				sum := slices.Clone(words[int(id)*d : (int(id)+1)*d])
				for _, f := range column.IDs[column.Off[place]:column.Off[place+1]] {
					for i := range sum {
						sum[i] += table[int(f)*d+i]
					}
				}
				sums[training] = append(sums[training], sum...)
			}
		}
		twin := &scene{e: New(Spec{Job: featuresJob(job.FeaturesOff, 0), Words: len(own.Words)}), block: s.block}
		twin.block.Corpus = own
		for _, g := range twin.e.Groups() {
			twin.groups = append(twin.groups, g.New())
		}
		copy(twin.groups[lstmLayers].Data, s.groups[lstmLayers].Data)
		masks := s.block.Masks
		for training, x := range sums {
			if s.block.Masks, s.block.Backwards = nil, 0; training == 1 {
				s.block.Masks, s.block.Backwards = masks, 1
			}
			twin.block.Masks, twin.block.Backwards = s.block.Masks, s.block.Backwards
			copy(twin.groups[lstmInput+embeddingWords].Data, x)
			p, q, w, v := s.e.NewPass(), twin.e.NewPass(), s.weights(true), twin.weights(true)
			hidden := p.Forward(w, &s.block)
			if !slices.Equal(hidden, q.Forward(v, &twin.block)) {
				t.Fatalf("unknown %v, training %v: hidden states differ from those of the twin", unknown, training == 1)
			}
			if training == 0 {
				continue
			}
			dHidden := normal(rand.New(rand.NewPCG(5, 6)), len(hidden))
			p.Backward(w, slices.Clone(dHidden))
			q.Backward(v, dHidden)
			for shard := range s.block.Layout.S() {
				compareToTwin(t, p, q, shard, column, d)
			}
		}
	}
}

// compareToTwin compares a shard's gradient of the features with the sums of those of the twin's
// words.
func compareToTwin(t *testing.T, p, twin Pass, shard int, column data.Column, d int) {
	t.Helper()
	var got, places gradient.Rows
	p.Rows(lstmInput+embeddingFeatures, shard, &got)
	twin.Rows(lstmInput+embeddingWords, shard, &places)
	want := map[uint32][]float32{}
	for e, place := range places.IDs {
		for _, f := range column.IDs[column.Off[place]:column.Off[place+1]] {
			if want[f] == nil {
				want[f] = make([]float32, d)
			}
			for i := range d {
				want[f][i] += places.Data[e*d+i]
			}
		}
	}
	if len(got.IDs) != len(want) {
		t.Errorf("shard %d: %d rows, want %d", shard, len(got.IDs), len(want))
	}
	for e, f := range got.IDs {
		for i, v := range got.Data[e*d : (e+1)*d] {
			if want[f] == nil || v-want[f][i] > 1e-5 || want[f][i]-v > 1e-5 {
				t.Fatalf("shard %d, feature %d: %v, want %v", shard, f, got.Data[e*d:(e+1)*d], want[f])
			}
		}
	}
}
