package dispatch

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// No cut of the units is done sooner than fastest's; shares are within slack of it, leave out no unit,
// and leave out a member only if one unit there would take longer.
func TestSharesAreFast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(t, "units")
		offers := make([]offer, rapid.IntRange(1, 4).Draw(t, "members"))
		for i := range offers {
			first, each := rapid.IntRange(0, 50).Draw(t, "first"), rapid.IntRange(1, 20).Draw(t, "each")
			offers[i] = offer{time.Duration(first), time.Duration(each)}
		}
		least := bestOf(n, offers)
		if got := roundOf(t, n, fastest(n, offers), offers); got != least {
			t.Fatalf("fastest takes %d, another cut %d", got, least)
		}
		out, excess := shares(n, len(offers), offers, rapid.IntRange(0, 9).Draw(t, "turn"))
		if got := roundOf(t, n, out, offers); got > slack(least) {
			t.Fatalf("%v takes %d, another cut %d", out, got, least)
		}
		for i, k := range out {
			if k == 0 && !slices.Contains(excess, i) && n >= len(out)-len(excess) {
				t.Fatalf("%d has no unit in %v and is not said to be too slow", i, out)
			}
		}
		for _, i := range excess {
			if out[i] > 0 || offers[i].takes(1) < least {
				t.Fatalf("%d is said to be too slow: %v of %v", i, out, offers)
			}
		}
	})
}

// roundOf is how long a cut takes.
func roundOf(t *rapid.T, n int, shares []int, offers []offer) time.Duration {
	round := time.Duration(0)
	for i, k := range shares {
		if n -= k; k > 0 {
			round = max(round, offers[i].takes(k))
		}
	}
	if n != 0 {
		t.Fatalf("%v leaves %d units", shares, n)
	}
	return round
}

// bestOf tries every cut.
func bestOf(n int, offers []offer) time.Duration {
	if len(offers) == 1 {
		if n == 0 {
			return 0
		}
		return offers[0].takes(n)
	}
	best := time.Duration(1 << 60)
	for k := range n + 1 {
		own := time.Duration(0)
		if k > 0 {
			own = offers[0].takes(k)
		}
		best = min(best, max(own, bestOf(n-k, offers[1:])))
	}
	return best
}

// Equal members take turns where there are fewer units than members.
func TestMembersTakeTurns(t *testing.T) {
	had := map[int]int{}
	for turn := range 10 {
		out, excess := shares(2, 5, make([]offer, 5), turn)
		for i, k := range out {
			had[i] += k
		}
		if len(excess) > 0 {
			t.Errorf("%v are in excess", excess)
		}
	}
	for i := range 5 {
		if had[i] != 4 {
			t.Errorf("member %d had %d of 20 units", i, had[i])
		}
	}
}

// The heap of fastest finds the same shares as a scan of all offers, for any number of members.
func TestFastestIsGreedy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		offers := make([]offer, rapid.IntRange(1, 40).Draw(t, "members"))
		for i := range offers {
			first, each := rapid.IntRange(0, 50).Draw(t, "first"), rapid.IntRange(1, 20).Draw(t, "each")
			offers[i] = offer{time.Duration(first), time.Duration(each)}
		}
		n := rapid.IntRange(0, 100).Draw(t, "units")
		want := make([]int, len(offers))
		for range n {
			best := 0
			for i, o := range offers {
				if o.takes(want[i]+1) < offers[best].takes(want[best]+1) {
					best = i
				}
			}
			want[best]++
		}
		if got := fastest(n, offers); !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}
