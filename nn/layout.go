package nn

import (
	"cmp"
	"fmt"
	"slices"
)

// Layout is the order of the sequences of a block of shards in memory: time-major, longest first,
// without padding. Row Off[t]+i is step t of sequence i, for i < Off[t+1]-Off[t]; the sequences
// that reach step t are a prefix of those that reach step t-1.
//
// Sequences of several shards share one Layout, for larger products. The result is the same,
// because a row's result does not depend on other sequences, and because sums over rows are taken
// shard by shard, in the order of Rows[s].
type Layout struct {
	Lengths []int32   // of sequence i, descending, > 0
	Off     []int32   // T+1
	Shard   []int32   // shard (0.. within the block) of sequence i
	Rows    [][]int32 // per shard: its rows, ascending (time-major, longest first)
	Seqs    [][]int32 // per shard: its sequences, ascending
	Reverse []int32   // row of the same sequence's mirrored step: (t,i) ↔ (Lengths[i]-1-t, i)
	SeqOf   []int32   // sequence of a row

	// Later[s] are the rows of Rows[s] with t > 0, a suffix of Rows[s]. Before[s][j] is the row of
	// the same sequence one step before Later[s][j].
	Later, Before [][]int32

	rows, seqs, before []int32 // memory of the lists per shard
}

// NewLayout lays out sequences that are already longest first; shard[i] < shards.
// See SortOrder for the order in which bits do not depend on the block.
func NewLayout(lengths, shard []int32, shards int) *Layout {
	l := new(Layout)
	l.Reset(lengths, shard, shards)
	return l
}

// N is the number of rows: the sum of the lengths.
func (l *Layout) N() int { return len(l.SeqOf) }

// T is the number of time steps: the greatest length.
func (l *Layout) T() int { return len(l.Off) - 1 }

// B is the number of sequences.
func (l *Layout) B() int { return len(l.Lengths) }

// S is the number of shards.
func (l *Layout) S() int { return len(l.Rows) }

// At returns the row of step t of sequence i.
func (l *Layout) At(t, i int) int { return int(l.Off[t]) + i }

// Reset makes l the layout that NewLayout would return, and reuses its memory.
// Panics if lengths and shard differ in number, rise, or are out of range.
func (l *Layout) Reset(lengths, shard []int32, shards int) {
	if len(lengths) != len(shard) {
		panic(fmt.Sprintf("nn: layout of %d lengths and %d shards of them", len(lengths), len(shard)))
	}
	n := 0
	for i, length := range lengths {
		if length < 1 || i > 0 && length > lengths[i-1] {
			panic(fmt.Sprintf("nn: length %d of sequence %d: must be above 0 and at most the length before it", length, i))
		}
		if shard[i] < 0 || int(shard[i]) >= shards {
			panic(fmt.Sprintf("nn: sequence %d is of shard %d of %d", i, shard[i], shards))
		}
		n += int(length)
	}
	l.Lengths = append(l.Lengths[:0], lengths...)
	l.Shard = append(l.Shard[:0], shard...)
	l.fillOff()
	l.fillRows(n)
	l.fillShards(n, shards)
}

func (l *Layout) fillOff() {
	l.Off = append(l.Off[:0], 0)
	if len(l.Lengths) == 0 {
		return
	}
	active, off := len(l.Lengths), int32(0)
	for t := int32(0); t < l.Lengths[0]; t++ {
		for l.Lengths[active-1] <= t {
			active--
		}
		off += int32(active)
		l.Off = append(l.Off, off)
	}
}

func (l *Layout) fillRows(n int) {
	l.SeqOf = resize(l.SeqOf, n)
	l.Reverse = resize(l.Reverse, n)
	for t := range l.T() {
		for r := l.Off[t]; r < l.Off[t+1]; r++ {
			i := r - l.Off[t]
			l.SeqOf[r] = i
			l.Reverse[r] = l.Off[l.Lengths[i]-1-int32(t)] + i
		}
	}
}

// fillShards cuts the rows by shard: it counts them, assigns memory, and appends.
func (l *Layout) fillShards(n, shards int) {
	l.rows, l.before = resize(l.rows, n), resize(l.before, n-len(l.Lengths))
	l.seqs = resize(l.seqs, len(l.Lengths))
	l.Rows, l.Seqs = resize(l.Rows, shards), resize(l.Seqs, shards)
	l.Later, l.Before = resize(l.Later, shards), resize(l.Before, shards)
	row, seq := 0, 0
	for s := range shards {
		rows, seqs := 0, 0
		for i, of := range l.Shard {
			if int(of) == s {
				rows += int(l.Lengths[i])
				seqs++
			}
		}
		l.Rows[s] = l.rows[row : row : row+rows]
		l.Before[s] = l.before[row-seq : row-seq : row-seq+rows-seqs]
		l.Seqs[s] = l.seqs[seq : seq : seq+seqs]
		row, seq = row+rows, seq+seqs
	}
	for i, s := range l.Shard {
		l.Seqs[s] = append(l.Seqs[s], int32(i))
	}
	for t := range l.T() {
		for r := l.Off[t]; r < l.Off[t+1]; r++ {
			i := r - l.Off[t]
			s := l.Shard[i]
			l.Rows[s] = append(l.Rows[s], r)
			if t > 0 {
				l.Before[s] = append(l.Before[s], l.Off[t-1]+i)
			}
		}
	}
	for s := range shards {
		l.Later[s] = l.Rows[s][len(l.Seqs[s]):]
	}
}

// SortOrder returns the order in which sequences enter a Layout: longest first, then by shard, then
// as given. The order within a shard does not depend on the other shards.
func SortOrder(lengths, shard []int32) []int32 {
	return AppendSortOrder(nil, lengths, shard)
}

// AppendSortOrder appends the result of SortOrder to dst. It does not allocate if dst has room.
func AppendSortOrder(dst, lengths, shard []int32) []int32 {
	start := len(dst)
	for i := range lengths {
		dst = append(dst, int32(i))
	}
	slices.SortFunc(dst[start:], func(a, b int32) int {
		if lengths[a] != lengths[b] {
			return cmp.Compare(lengths[b], lengths[a])
		}
		if shard[a] != shard[b] {
			return cmp.Compare(shard[a], shard[b])
		}
		return cmp.Compare(a, b)
	})
	return dst
}

// windowRows is the number of rows of a product over several time steps: enough to use packed
// weights well, few enough that the gates of these rows are still in the core's cache when the
// recurrent products read them.
const windowRows = 96

// window returns the step after the last one of the window that begins with step t.
func (l *Layout) window(t int) int {
	end := t + 1
	for end < l.T() && l.Off[end]-l.Off[t] < windowRows {
		end++
	}
	return end
}
