package model

import (
	"math"
	"slices"

	"braid/data"
	"braid/job"
	"braid/nn"
	"braid/plan"
	"braid/task"
)

// batch is a block of examples as the layers take them: laid out longest first, words
// time-major, targets beside the rows they belong to. Reused from block to block.
type batch struct {
	layout   nn.Layout
	masks    nn.Masks
	words    []uint32 // by row
	examples []uint32 // by sequence: index in the corpus
	targets  []task.Targets

	lengths, shard, order []int32 // of the examples as given, and the order that sorts them
	sorted, sortedShard   []int32
	unsorted              []uint32
}

// collect lays out the examples of a block's shards. Shards may be empty.
func (b *batch) collect(c *data.Corpus, shards [][]uint32) {
	b.lengths, b.shard, b.unsorted = b.lengths[:0], b.shard[:0], b.unsorted[:0]
	for s, examples := range shards {
		for _, e := range examples {
			b.unsorted = append(b.unsorted, e)
			b.lengths = append(b.lengths, int32(c.Offsets[e+1]-c.Offsets[e]))
			b.shard = append(b.shard, int32(s))
		}
	}
	b.order = nn.AppendSortOrder(b.order[:0], b.lengths, b.shard)
	b.examples, b.sorted, b.sortedShard = b.examples[:0], b.sorted[:0], b.sortedShard[:0]
	for _, from := range b.order {
		b.examples = append(b.examples, b.unsorted[from])
		b.sorted = append(b.sorted, b.lengths[from])
		b.sortedShard = append(b.sortedShard, b.shard[from])
	}
	b.layout.Reset(b.sorted, b.sortedShard, len(shards))
	n := b.layout.N()
	b.words = slices.Grow(b.words[:0], n)[:n]
	for t := range b.layout.T() {
		lo, hi := b.layout.Off[t], b.layout.Off[t+1]
		for r := lo; r < hi; r++ {
			b.words[r] = c.Words[c.Offsets[b.examples[r-lo]]+uint32(t)]
		}
	}
}

// key sets what the random choices of a training step depend on; seed is the data set's.
func (b *batch) key(seed, step uint64) *nn.Masks {
	b.masks.Seed, b.masks.Step = seed, step
	b.masks.IDs = b.masks.IDs[:0]
	for _, e := range b.examples {
		b.masks.IDs = append(b.masks.IDs, uint64(e))
	}
	return &b.masks
}

// target gathers a task's labels into t.
func (b *batch) target(c *data.Corpus, from *data.Target, h *task.Head, kind string, t *task.Targets) {
	t.Has = t.Has[:0]
	for _, e := range b.examples {
		_, has := slices.BinarySearch(from.Labelled, e)
		t.Has = append(t.Has, has)
	}
	switch kind {
	case "classification":
		t.Class = t.Class[:0]
		for _, e := range b.examples {
			t.Class = append(t.Class, from.Class[e])
		}
	case "tagging":
		n := b.layout.N()
		t.Class = slices.Grow(t.Class[:0], n)[:n]
		for step := range b.layout.T() {
			lo, hi := b.layout.Off[step], b.layout.Off[step+1]
			for r := lo; r < hi; r++ {
				t.Class[r] = from.Tags[c.Offsets[b.examples[r-lo]]+uint32(step)]
			}
		}
		t.Beyond = t.Beyond[:0]
		if len(from.Cut) > 0 {
			for _, e := range b.examples {
				t.Beyond = append(t.Beyond, from.Beyond(e))
			}
		}
	case "regression":
		t.Values = t.Values[:0]
		for _, e := range b.examples {
			t.Values = append(t.Values, from.Values[e])
		}
	case "multilabel":
		b.sets(from, h.Classes(), t)
	}
}

func (b *batch) sets(from *data.Target, k int, t *task.Targets) {
	n := len(b.examples)
	t.Sets = slices.Grow(t.Sets[:0], n*k)[:n*k]
	t.Extra = slices.Grow(t.Extra[:0], n)[:n]
	clear(t.Sets)
	clear(t.Extra)
	for i, e := range b.examples {
		if !t.Has[i] {
			t.Sets[i*k] = -1
			continue
		}
		for _, id := range from.SetIDs[from.SetOff[e]:from.SetOff[e+1]] {
			if int(id) < k {
				t.Sets[i*k+int(id)] = 1
			} else {
				t.Extra[i]++
			}
		}
	}
}

// resolve turns a stream's positions into examples of the training corpus.
func resolve(dst []uint32, j *job.Job, c *data.Corpus, s plan.Stream, positions []int32) []uint32 {
	from := listed(j, c, s)
	for _, p := range positions {
		dst = append(dst, from[p])
	}
	return dst
}

// listed returns what a stream's positions point into.
func listed(j *job.Job, c *data.Corpus, s plan.Stream) []uint32 {
	if j.Training.Mode == "joint" {
		return c.Any
	}
	return targetOf(c, s.Tasks[0]).Labelled
}

func targetOf(c *data.Corpus, t int) *data.Target {
	for i := range c.Targets {
		if c.Targets[i].Task == t {
			return &c.Targets[i]
		}
	}
	panic("model: the corpus has no such task")
}

// Norms returns the normaliser of every task of a step, by task: what the losses of all
// shards will report, known before they run.
func Norms(j *job.Job, sets []data.Set, labels []*data.Labels, step plan.Step) []float64 {
	norms := make([]float64, len(j.Tasks))
	var examples []uint32
	for _, s := range step.Streams {
		c := sets[s.Set].Train
		for _, t := range s.Tasks {
			target := targetOf(c, t)
			for _, positions := range s.Shards {
				examples = resolve(examples[:0], j, c, s, positions)
				for _, e := range examples {
					norms[t] += norm(&j.Tasks[t], labels[t], c, target, e)
				}
			}
		}
	}
	return norms
}

// norm is one example's part of a task's normaliser.
func norm(t *job.Task, labels *data.Labels, c *data.Corpus, target *data.Target, e uint32) (n float64) {
	switch t.Kind {
	case "classification":
		return classNorm(t, labels, target.Class[e])
	case "tagging":
		for _, id := range target.Tags[c.Offsets[e]:c.Offsets[e+1]] {
			n += classNorm(t, labels, id)
		}
		return n
	case "multilabel":
		if _, has := slices.BinarySearch(target.Labelled, e); !has {
			return 0
		}
		return float64(labels.Len())
	}
	if math.IsNaN(float64(target.Values[e])) {
		return 0
	}
	return 1
}

// classNorm is a label's weight in the loss.
func classNorm(t *job.Task, labels *data.Labels, id int32) float64 {
	if id < 0 {
		return 0
	}
	if len(t.ClassWeights) > 0 {
		if w, ok := t.ClassWeights[labels.Name(id)]; ok {
			return float64(float32(w))
		}
	}
	return 1
}
