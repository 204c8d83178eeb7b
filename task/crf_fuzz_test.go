package task

import (
	"encoding/binary"
	"math"
	"testing"

	"braid/internal/kernel"
)

// Numbers of any size, which a damaged model or a diverged training may have, cause no panic. If parameters and
// emissions are finite, so are losses, gradients and probabilities, and tags are legal.
func FuzzCRF(f *testing.F) {
	for _, v := range []float32{0, 1, -1, 100, -104.5, 1e-40, 3e38, -3e38, float32(math.Inf(1)), float32(math.NaN())} {
		seed := binary.LittleEndian.AppendUint32(nil, math.Float32bits(v))
		f.Add(append(seed, 1, 2, 3, 4, 5, 6, 7), uint8(v))
	}
	f.Fuzz(func(t *testing.T, bytes []byte, what uint8) {
		b := newCRFBlock(uint64(what), "bio", []string{"O", "B-A", "I-A", "B-B"}, 1)
		if what&1 != 0 {
			b.partial()
		}
		size := len(b.group.Data) + len(b.x)
		for i := 0; len(bytes) >= 4; bytes = bytes[4:] {
			v := math.Float32frombits(binary.LittleEndian.Uint32(bytes))
			if i = (i + int(bytes[0])) % size; i < len(b.group.Data) {
				b.group.Data[i] = v
			} else {
				b.x[i-len(b.group.Data)] = v
			}
		}
		sum, normaliser := b.loss()
		b.gradients()
		if sum < 0 || normaliser <= 0 {
			t.Fatalf("loss %v over %v words", sum, normaliser)
		}
		finite := kernel.Finite(b.group.Data) && kernel.Finite(b.pass.e)
		all := []float32{float32(sum / 1e300)} // the sum may be beyond float32
		all = append(all, b.pass.de...)
		for _, chain := range b.pass.chains {
			all = append(all, chain...)
		}
		var a Decoded
		for i := range b.layout.B() {
			b.pass.Probabilities(i, &a)
			if finite && !b.d.chain.allLegal(a.Classes) {
				t.Fatalf("text %d has tags %v", i, a.Classes)
			}
			all = append(all, a.Probabilities...)
			for _, s := range a.Spans {
				all = append(all, s.Probability)
			}
			for _, p := range a.Probabilities {
				if p < 0 || p > 1 {
					t.Fatalf("text %d has probabilities %v", i, a.Probabilities)
				}
			}
		}
		if finite && !kernel.Finite(all) {
			t.Fatalf("loss %v, gradients and probabilities %v", sum, all)
		}
	})
}
