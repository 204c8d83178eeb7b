package nn

import (
	"fmt"
	"math"

	"braid/internal/rng"
)

// Masks is the key of the random choices of one pass over a block: the elements that dropout
// zeroes, and the words that become unknown. Choices depend on the step and on the sequence's ID,
// not on its row or on other sequences. A nil *Masks means evaluation: nothing is dropped.
type Masks struct {
	Seed, Step uint64
	IDs        []uint64 // by sequence of the layout, below 2^56: the example's number, unique in the step
}

// OfPart sets m to the key of a part of the model, whose random choices are not those of the other parts. It
// shares the IDs of from.
func (m *Masks) OfPart(from *Masks, name uint64) {
	seed := rng.Key{Seed: from.Seed, Purpose: rng.Part, A: name}.Stream().Uint64()
	*m = Masks{Seed: seed, Step: from.Step, IDs: from.IDs}
}

// words returns the 64-bit random words of sequence i at a place, which differs between the layers
// of a model.
func (m *Masks) words(purpose rng.Purpose, place uint8, i int) words {
	k := rng.Key{Seed: m.Seed, Purpose: purpose, A: m.Step, B: uint64(place)<<56 | m.IDs[i]}
	return words{k.Stream().Uint64()}
}

// words is SplitMix64 started by Philox. A word takes a nanosecond, in any order. The ten rounds of
// Philox (20 ns for 8 masks) would take a tenth of a training step.
// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
type words struct{ start uint64 }

// at returns word n.
func (w words) at(n uint64) uint64 {
	z := w.start + (n+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Dropout zeroes each element with probability P and divides the others by 1-P, in training only.
// 15 random bits decide each element: P is rounded to a multiple of 2^-15, and the division uses
// the rounded P.
//
// A locked dropout has one mask per sequence: the same elements are zeroed in all its rows.
//
// Source: Srivastava et al. 2014; inverted as torch.nn.Dropout. Locked: Gal and Ghahramani 2016;
// Merity et al. 2018.
type Dropout struct {
	P      float32 // 0: off; below 1
	Place  uint8   // number of the dropout in the model: two with one place drop the same elements
	Locked bool
}

// dropoutOne is probability 1 in the units of a mask's random bits.
const dropoutOne = 1 << 15

// Apply writes the rows of src (N, W) after dropout to dst, which may be src. It serves forward and
// backward: the mask is computed again, not stored.
func (d Dropout) Apply(dst, src []float32, l *Layout, width int, m *Masks) {
	mustBe("dropout's input", src, l.N(), width)
	mustBe("dropout's output", dst, l.N(), width)
	threshold := d.threshold()
	if m == nil || threshold == 0 {
		copy(dst, src)
		return
	}
	keep, step := keepScale(threshold), (width+3)/4 // random words from a row to the next
	if d.Locked {
		step = 0
	}
	for i := range l.B() {
		w := m.words(rng.Dropout, d.Place, i)
		for t := range int(l.Lengths[i]) {
			r := l.At(t, i) * width
			dropRow(dst[r:r+width], src[r:r+width], w, uint64(t*step), threshold, keep)
		}
	}
}

// AppendMasks appends the mask (B, W) of each sequence to dst: 0 for the elements that a locked
// dropout zeroes, 1/(1-P) for the others. It appends nothing in evaluation and if P is 0.
func (d Dropout) AppendMasks(dst []float32, l *Layout, width int, m *Masks) []float32 {
	threshold := d.threshold()
	if m == nil || threshold == 0 {
		return dst
	}
	for i := range l.B() {
		for range width {
			dst = append(dst, 1)
		}
		mask := dst[len(dst)-width:]
		dropRow(mask, mask, m.words(rng.Dropout, d.Place, i), 0, threshold, keepScale(threshold))
	}
	return dst
}

// threshold is P in the units of a mask's random bits.
func (d Dropout) threshold() uint64 {
	if d.P < 0 || d.P >= 1 {
		panic(fmt.Sprintf("nn: dropout of %v: must be from 0 to below 1", d.P))
	}
	return min(uint64(math.Round(float64(d.P)*dropoutOne)), dropoutOne-1)
}

// keepScale is 1/(1-P) for the rounded P.
func keepScale(threshold uint64) float32 {
	return float32(dropoutOne / float64(dropoutOne-threshold))
}

// WordDropout zeroes whole rows with probability P, rounded as Dropout's, in training only. The other
// rows are not scaled, as in Flair: a missing word does not make its neighbours louder.
// Source: Iyyer et al. 2015 (word dropout); Akbik et al. 2019 (Flair).
type WordDropout struct {
	P     float32 // 0: off; below 1
	Place uint8   // as Dropout's, and of no Dropout
}

// Apply zeroes rows of x (N, W) in place. It serves forward and backward.
func (d WordDropout) Apply(x []float32, l *Layout, width int, m *Masks) {
	mustBe("word dropout's input", x, l.N(), width)
	threshold := Dropout{P: d.P}.threshold()
	if m == nil || threshold == 0 {
		return
	}
	for i := range l.B() {
		w := m.words(rng.Dropout, d.Place, i)
		for t := range int(l.Lengths[i]) {
			if w.at(uint64(t))%dropoutOne < threshold {
				clear(x[l.At(t, i)*width:][:width])
			}
		}
	}
}

// dropRow drops elements of one row. A random word decides four elements by 15 bits of each 16:
// after 2^15 - threshold is added to all four at once, bit 15 is set if the element is kept.
func dropRow(dst, src []float32, w words, first, threshold uint64, keep float32) {
	const lanes = 0x0001_0001_0001_0001
	scale, lift := [2]float32{0, keep}, (dropoutOne-threshold)*lanes
	for len(src) >= 4 && len(dst) >= 4 {
		z := w.at(first)&((dropoutOne-1)*lanes) + lift
		first++
		dst[0] = src[0] * scale[z>>15&1]
		dst[1] = src[1] * scale[z>>31&1]
		dst[2] = src[2] * scale[z>>47&1]
		dst[3] = src[3] * scale[z>>63]
		src, dst = src[4:], dst[4:]
	}
	z := w.at(first)&((dropoutOne-1)*lanes) + lift
	for j := range src {
		dst[j] = src[j] * scale[z>>(16*j+15)&1]
	}
}
