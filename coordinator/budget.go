package coordinator

import "time"

// budget is a token bucket of burst tokens, refilled at perSecond.
// Source: Turner 1986, "New directions in communications".
type budget struct {
	burst     float64
	perSecond float64

	spent float64 // of burst, at the time at
	at    time.Time
}

// spend takes one token, and returns false if there is none.
func (b *budget) spend(now time.Time) bool {
	b.refill(now)
	if b.spent+1 > b.burst {
		return false
	}
	b.spent++
	return true
}

// earn gives back a part of a token.
func (b *budget) earn(n float64) { b.spent = max(0, b.spent-n) }

// until returns the time until a share of the burst is available.
func (b *budget) until(share float64) time.Duration {
	missing := max(0, b.spent-b.burst*(1-share))
	return time.Duration(missing / b.perSecond * float64(time.Second))
}

func (b *budget) refill(now time.Time) {
	if !b.at.IsZero() {
		b.earn(now.Sub(b.at).Seconds() * b.perSecond)
	}
	b.at = now
}
