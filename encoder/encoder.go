package encoder

import (
	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/nn"
)

// Encoder is the shape of an encoder. It is immutable, and safe for any number of goroutines.
type Encoder interface {
	// Groups lists the groups of parameters, dense ones and tables, in the order that Weights and
	// ranges number them. There must be at least one.
	Groups() []nn.GroupSpec

	// Output describes the hidden states.
	Output() Output

	// Ranges cuts the gradients of all dense groups into ranges, in order and without gaps. Slot
	// is the index of the group. A range is computed, added, rounded and sent at a time; it should
	// be small enough to stay in a core's cache.
	Ranges() []gradient.Range

	// AppendRows appends the rows of a table whose gradient one example may have, in any order,
	// repeated or not. A gradient with other rows is refused.
	AppendRows(dst []uint32, table int, c *data.Corpus, example uint32) []uint32

	// Products counts the multiply-adds of the matrix products of a forward pass.
	Products(words, texts int) int

	// NewWeights returns room for one version of the parameters; backward is false if no Backward
	// will run.
	NewWeights(backward bool) Weights

	// NewPass returns the scratch memory of one goroutine.
	NewPass() Pass
}

// Output is the shape of the hidden states.
type Output struct {
	Width int // numbers of a row

	// Directions is 2 if the second half of a row was computed from the end of the text to its
	// start; 1 otherwise.
	Directions int
	Per        job.Per // a row per word, or a row per text
}

// Weights are one version of the parameters in the order that a Pass reads them. Once packed they
// are read only, and safe for any number of goroutines.
type Weights interface {
	// Begin takes over the current values of the groups, and returns the number of pieces that
	// remain to be packed by calls of Pack, which goroutines may share. changed marks the groups that
	// differ from the version before; nil marks all. Tables may be read where they are:
	// the caller does not change the groups while the version is in use. Begin must not allocate
	// after its first call.
	Begin(groups []*nn.Group, changed []bool) (pieces int)

	// Pack packs one piece.
	Pack(piece int)
}

// Block is the texts that a Pass computes together: several shards in one layout.
type Block struct {
	Layout   *nn.Layout
	Corpus   *data.Corpus
	Examples []uint32  // by text of the layout: index in Corpus
	Masks    *nn.Masks // keys of dropout and the like; nil for evaluation
	Rows     []float32 // hidden states of the encoder below; nil for an encoder that reads words

	// Backwards is the number of Backward calls that follow Forward: 0 for evaluation, 1 for the
	// sum of all tasks' gradients, more for a gradient of each task.
	Backwards int
}

// Pass computes one block at a time on one goroutine. Its methods must not allocate once its
// memory has grown. A text's hidden states must not depend on the other texts of the block.
type Pass interface {
	// Forward returns the hidden states, one row per word in the order of the layout's rows, or
	// one row per text in the order of its texts. They are valid until the next Forward.
	Forward(w Weights, b *Block) (hidden []float32)

	// Backward takes the gradient of the hidden states and keeps what Write and Rows need. The
	// caller may call it Block.Backwards times after a Forward, each time with the gradient of
	// other tasks; Write and Rows then give the gradient of the latest call.
	Backward(w Weights, dHidden []float32)

	// Write sets dst to a shard's gradient of range i of Encoder.Ranges.
	Write(i, shard int, dst []float32)

	// Rows sets dst to a shard's gradient of a table: the touched rows, ascending.
	Rows(table, shard int, dst *gradient.Rows)
}
