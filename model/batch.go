package model

import (
	"braid/data"
	"braid/encoder"
	"braid/nn"
	"braid/task"
)

// batch is a block of examples in the order of the layers: longest first, with each task's
// targets. Its memory is reused from block to block.
type batch struct {
	block    encoder.Block // of the fields below
	layout   nn.Layout
	masks    nn.Masks
	examples []uint32 // by text: index in the corpus
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
	b.block = encoder.Block{Layout: &b.layout, Corpus: c, Examples: b.examples}
}

// key sets the key of a training step's random choices. The seed is that of the data set.
func (b *batch) key(seed, step uint64) *nn.Masks {
	b.masks.Seed, b.masks.Step = seed, step
	b.masks.IDs = b.masks.IDs[:0]
	for _, e := range b.examples {
		b.masks.IDs = append(b.masks.IDs, uint64(e))
	}
	return &b.masks
}
