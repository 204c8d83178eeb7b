package gradient

import "math"

// blockNumbers is the size of a block: small enough to stay in a core's cache while several
// loops run over it.
const blockNumbers = 16 << 10

// Block is a run of a slot's numbers. Sums over all numbers of a gradient are cut by blocks.
type Block struct {
	Range
	rows bool // of Rows.Data, not of Dense
}

// AppendBlocks cuts all numbers into blocks of 16,384, in order.
func (g *Gradient) AppendBlocks(blocks []Block) []Block {
	cut := func(slot, n int, rows bool) {
		for lo := 0; lo < n; lo += blockNumbers {
			blocks = append(blocks, Block{Range{slot, lo, min(lo+blockNumbers, n)}, rows})
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
		return g.Rows[b.Slot].Data[b.Lo:b.Hi]
	}
	return g.Dense[b.Slot][b.Lo:b.Hi]
}

// Checksum is the CRC-32C of the losses, the shape, the ids of the rows and the CRC-32C of every
// block. It copies no numbers and is cheap enough for every step; Hash is not. It detects
// accidents, not forgeries.
func (g *Gradient) Checksum() uint32 {
	var sums []uint32
	for _, b := range g.AppendBlocks(nil) {
		sums = append(sums, ChecksumFloats(g.Block(b)))
	}
	return g.JoinChecksums(sums)
}

// JoinChecksums returns the gradient's checksum, given those of its blocks.
func (g *Gradient) JoinChecksums(blocks []uint32) uint32 {
	crc := uint32(0)
	for _, l := range g.Loss {
		crc = checksumWord(crc, math.Float64bits(l.Sum), 8)
		crc = checksumWord(crc, math.Float64bits(l.Weight), 8)
	}
	for i, d := range g.Dense {
		crc = checksumWord(checksumWord(crc, uint64(i), 4), uint64(len(d)), 4)
		crc = checksumWords(crc, g.Rows[i].IDs)
	}
	return checksumWords(crc, blocks)
}
