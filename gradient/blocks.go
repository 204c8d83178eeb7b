package gradient

import "math"

// blockNumbers is how many numbers a block has: few enough to stay in a core's cache for
// all that is done with them.
const blockNumbers = 16 << 10

// Block is a run of a group's numbers, by which sums over all numbers are cut.
type Block struct {
	group, lo, hi int
	rows          bool
}

// AppendBlocks cuts all numbers in blocks of 16,384, in order.
func (g *Gradient) AppendBlocks(blocks []Block) []Block {
	cut := func(group, n int, rows bool) {
		for lo := 0; lo < n; lo += blockNumbers {
			blocks = append(blocks, Block{group, lo, min(lo+blockNumbers, n), rows})
		}
	}
	for i, d := range g.Dense {
		cut(i, len(d), false)
		cut(i, len(g.Rows[i].Data), true)
	}
	return blocks
}

// Block returns a block's numbers.
func (g *Gradient) Block(b Block) []float32 {
	if b.rows {
		return g.Rows[b.group].Data[b.lo:b.hi]
	}
	return g.Dense[b.group][b.lo:b.hi]
}

// Checksum is the CRC-32C of the losses, the shape, the rows' ids and the CRC-32C of every
// block, taken where the numbers lie: cheap enough for every step, where Hash is not. It
// finds accidents, no forgeries.
func (g *Gradient) Checksum() uint32 {
	var sums []uint32
	for _, b := range g.AppendBlocks(nil) {
		sums = append(sums, ChecksumFloats(g.Block(b)))
	}
	return g.JoinChecksums(sums)
}

// JoinChecksums makes the gradient's checksum of those of its blocks.
func (g *Gradient) JoinChecksums(blocks []uint32) uint32 {
	crc := uint32(0)
	for _, l := range g.Loss {
		crc = checksumWord(crc, math.Float64bits(l.Sum), 8)
		crc = checksumWord(crc, math.Float64bits(l.Norm), 8)
	}
	for i, d := range g.Dense {
		crc = checksumWord(checksumWord(crc, uint64(i), 4), uint64(len(d)), 4)
		crc = checksumWords(crc, g.Rows[i].IDs)
	}
	return checksumWords(crc, blocks)
}
