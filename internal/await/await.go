// Package await waits for conditions with a limit, for tests: no test sleeps for a fixed time and hopes.
package await

import "time"

// Limit is how long a test waits for a condition that must become true. Only a failing test waits that long.
const Limit = 2 * time.Minute

// Test is the part of testing.TB that Until needs.
type Test interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Until returns once the condition is true, and ends the test if that takes longer than Limit.
func Until(t Test, what string, condition func() bool) {
	t.Helper()
	if !True(Limit, condition) {
		t.Fatalf("after %s still not: %s", Limit, what)
	}
}

// True calls condition at once and then at growing intervals of 1 to 50 ms until it returns true or the limit has
// passed. True returns what the last call returned; that call is never before the limit.
func True(limit time.Duration, condition func() bool) bool {
	const most = 50 * time.Millisecond
	end := time.Now().Add(limit)
	for interval := time.Millisecond; ; interval = min(2*interval, most) {
		last := !time.Now().Before(end)
		if condition() {
			return true
		}
		if last {
			return false
		}
		time.Sleep(min(interval, max(0, time.Until(end))))
	}
}
