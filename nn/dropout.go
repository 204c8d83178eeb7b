package nn

import (
	"fmt"
	"math"

	"braid/internal/rng"
)

// Masks keys the random choices of one pass over a block: which elements dropout zeroes,
// which words become unknown. Choices depend on the step and on the sequence's own ID,
// never on its row or its neighbours. A nil *Masks is evaluation: nothing is dropped.
type Masks struct {
	Seed, Step uint64
	IDs        []uint64 // by sequence of the layout, below 2^56: the example's number, unique in the step
}

// words returns the 64-bit words for sequence i and place, a number below 256 that differs
// between the layers of a model.
func (m *Masks) words(purpose rng.Purpose, place uint8, i int) words {
	k := rng.Key{Seed: m.Seed, Purpose: purpose, A: m.Step, B: uint64(place)<<56 | m.IDs[i]}
	return words{k.Stream().Uint64()}
}

// words is SplitMix64 started by Philox: random access and a nanosecond a word, where
// Philox's ten rounds (20 ns for 8 masks) would cost a tenth of a training step.
// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
type words struct{ start uint64 }

// at returns word n.
func (w words) at(n uint64) uint64 {
	z := w.start + (n+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Dropout zeroes each element with probability P and divides the rest by 1-P, in
// training only. P is rounded to a multiple of 2^-16, as 16 random bits decide each
// element, and the division uses the rounded P.
// Source: Srivastava et al. 2014; inverted as torch.nn.Dropout.
type Dropout struct {
	P     float32 // 0: off; below 1
	Place uint8   // which dropout of the model this is: two of one place drop the same elements
}

// Apply writes the dropped-out rows of src (N, W) to dst, which may be src. Forward and
// backward are this one function: the mask is drawn again, not kept.
func (d Dropout) Apply(dst, src []float32, l *Layout, width int, m *Masks) {
	mustBe("dropout's input", src, l.N(), width)
	mustBe("dropout's output", dst, l.N(), width)
	if d.P < 0 || d.P >= 1 {
		panic(fmt.Sprintf("nn: dropout of %v: must be from 0 to below 1", d.P))
	}
	threshold := uint64(math.Round(float64(d.P) * (1 << 16)))
	if m == nil || threshold == 0 {
		copy(dst, src)
		return
	}
	keep := float32((1 << 16) / float64((1<<16)-min(threshold, 1<<16-1)))
	for i := range l.B() {
		w := m.words(rng.Dropout, d.Place, i)
		for t := range int(l.Lengths[i]) {
			r := l.At(t, i) * width
			dropRow(dst[r:r+width], src[r:r+width], w, uint64(t*((width+3)/4)), uint64(threshold), keep)
		}
	}
}

// dropRow drops one row; its masks are 16 bits each of the words from first on.
func dropRow(dst, src []float32, w words, first, threshold uint64, keep float32) {
	scale := [2]float32{keep, 0}
	for len(src) >= 4 && len(dst) >= 4 {
		z := w.at(first)
		first++
		// (z16 - threshold) >> 63 is 1 where z16 < threshold: no branch to mispredict.
		dst[0] = src[0] * scale[(z&0xffff-threshold)>>63]
		dst[1] = src[1] * scale[(z>>16&0xffff-threshold)>>63]
		dst[2] = src[2] * scale[(z>>32&0xffff-threshold)>>63]
		dst[3] = src[3] * scale[(z>>48-threshold)>>63]
		src, dst = src[4:], dst[4:]
	}
	z := w.at(first)
	for j := range src {
		dst[j] = src[j] * scale[(z>>(16*j)&0xffff-threshold)>>63]
	}
}
