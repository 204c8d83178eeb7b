package rng

import (
	"math"
	"testing"
)

// The known answers of Random123 1.14 (tests/kat_vectors), philox4x32 10 rounds.
func TestPhiloxKnownAnswers(t *testing.T) {
	const ones = 0xffffffff
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{ones, ones, ones, ones}, [2]uint32{ones, ones},
			[4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
			[2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := philox(c.counter, c.key[0], c.key[1]); got != c.want {
			t.Errorf("philox(%x, %x) = %x, want %x", c.counter, c.key, got, c.want)
		}
	}
}

// Golden words: a change of these words changes the result of every job.
func TestStreamGolden(t *testing.T) {
	k := Key{Seed: 1, Purpose: Dropout, A: 2, B: 3}
	want := []uint32{0x64e94b00, 0x7670bb20, 0x804ae2f1, 0x1d64c8d2, 0xbbcca17a}
	s := k.Stream()
	for i, w := range want {
		if got := s.Uint32(); got != w {
			t.Errorf("word %d of %+v = %#x, want %#x", i, k, got, w)
		}
	}
}

func TestUint32AtIsTheStream(t *testing.T) {
	k := Key{Seed: 1 << 40, Purpose: Shuffle, A: 7, B: 1 << 33}
	s := k.Stream()
	for i := range uint64(41) {
		if got, want := k.Uint32At(i), s.Uint32(); got != want {
			t.Fatalf("word %d: random access %#x, stream %#x", i, got, want)
		}
	}
}

func TestEveryFieldOfTheKeyCounts(t *testing.T) {
	seen := map[uint64]Key{}
	for _, k := range []Key{
		{}, {Seed: 1}, {Seed: 1 << 32}, {Purpose: 1},
		{A: 1}, {A: 1 << 32}, {B: 1}, {B: 1 << 32}, {A: 1, B: 1}, {Seed: 1, B: 1},
	} {
		w := k.Stream().Uint64()
		if other, twice := seen[w]; twice {
			t.Errorf("%+v and %+v start alike", k, other)
		}
		seen[w] = k
	}
}

func TestIntnIsUniform(t *testing.T) {
	const n, draws = 10, 100_000
	s := Key{Seed: 5, Purpose: Sample}.Stream()
	var count [n]float64
	for range draws {
		count[s.Intn(n)]++
	}
	chi2 := 0.0
	for _, c := range count {
		d := c - draws/n
		chi2 += d * d / (draws / n)
	}
	if chi2 > 27.9 { // the 0.999 quantile of 9 degrees of freedom
		t.Errorf("chi-square %.1f of %v", chi2, count)
	}
}

func TestFloatsAreInRange(t *testing.T) {
	s := Key{Seed: 6}.Stream()
	sum := 0.0
	for range 100_000 {
		f, d := s.Float32(), s.Float64()
		if f < 0 || f >= 1 || d < 0 || d >= 1 {
			t.Fatalf("out of [0, 1): %v %v", f, d)
		}
		sum += float64(f) + d
	}
	if mean := sum / 200_000; math.Abs(mean-0.5) > 0.003 {
		t.Errorf("mean %v, want 0.5", mean)
	}
}

func TestStreamAllocatesNothing(t *testing.T) {
	sum := uint32(0)
	if n := testing.AllocsPerRun(100, func() { sum += Key{Seed: 1}.Stream().Uint32() }); n != 0 {
		t.Errorf("%v allocations a stream", n)
	}
}

func BenchmarkUint32(b *testing.B) {
	s := Key{Seed: 1}.Stream()
	b.SetBytes(4)
	for b.Loop() {
		s.Uint32()
	}
}
