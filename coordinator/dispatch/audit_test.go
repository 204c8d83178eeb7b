package dispatch

import (
	"fmt"
	"math"
	"testing"
)

// The share that is drawn is the share asked for, the same in every run, another with
// another seed.
func TestDrawnShare(t *testing.T) {
	drawn := func(audit float64, seed uint64) (n int, which string) {
		m := New(Config{Audit: audit, Seed: seed})
		for step := range uint64(10_000) {
			m.round = &round{Round: &GradientRound{Step: step}}
			for number := uint32(1); number <= 8; number++ {
				if m.drawn(number) {
					n++
					if step < 2000 {
						which += fmt.Sprint(step, "/", number, " ")
					}
				}
			}
		}
		return n, which
	}
	const all = 80_000
	for _, p := range []float64{0, 0.001, 0.05, 0.5, 1} {
		n, which := drawn(p, 1)
		if off := math.Abs(float64(n) - p*all); off > 4*math.Sqrt(all*p*(1-p)) {
			t.Errorf("share %v: %d of %d", p, n, all)
		}
		_, again := drawn(p, 1)
		_, other := drawn(p, 2)
		if which != again || p > 0 && p < 1 && which == other {
			t.Errorf("share %v: drawn by something else than the seed", p)
		}
	}
}

// Any number of strangers takes a bounded memory, and does not wash a quarantine away.
func TestStrangersAreForgotten(t *testing.T) {
	m := New(Config{Term: 1})
	for range hostileAfter {
		m.Step(0, "hostile", Nonsense{"why"})
	}
	for i := range 3 * maxRecords {
		m.Step(0, fmt.Sprint("w", i), Nonsense{"why"})
	}
	if len(m.records) > maxRecords || len(m.recorded) != len(m.records) {
		t.Errorf("%d records, %d names", len(m.records), len(m.recorded))
	}
	if !m.Barred("hostile") || m.Counters.Quarantined != 1 {
		t.Error("the quarantine is forgotten")
	}
}
