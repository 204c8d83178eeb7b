package nn

// Layout is how the sequences of a block of shards lie in memory: time-major, longest
// first, no padding. Row Off[t]+i is step t of sequence i, for i < Off[t+1]-Off[t];
// the sequences that are still running at step t are a prefix of those at t-1.
//
// Sequences of several shards share one Layout (products are larger, bits are the same:
// a row's result does not depend on its neighbours); sums over rows are taken shard by
// shard, in the order of Rows[s].
type Layout struct {
	Lengths []int32   // of sequence i, descending, > 0
	Off     []int32   // T+1
	Shard   []int32   // shard (0.. within the block) of sequence i
	Rows    [][]int32 // per shard: its rows, ascending (time-major, longest first)
	Seqs    [][]int32 // per shard: its sequences, ascending
	Reverse []int32   // row of the same sequence's mirrored step: (t,i) ↔ (Lengths[i]-1-t, i)
	SeqOf   []int32   // sequence of a row
}
