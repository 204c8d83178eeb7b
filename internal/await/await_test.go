package await

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestTrue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		calls := 0
		if !True(time.Minute, func() bool { calls++; return calls == 10 }) {
			t.Error("the tenth call was true")
		}
		// 1+2+4+8+16+32+50+50+50 ms
		if took := time.Since(begin); took != 213*time.Millisecond {
			t.Errorf("10 calls within %s", took)
		}
		begin = time.Now()
		if !True(0, func() bool { return true }) || time.Since(begin) != 0 {
			t.Error("a condition that holds is not waited for")
		}
		// The condition becomes true just before the limit, between two regular calls.
		if !True(time.Second, func() bool { return time.Since(begin) >= time.Second-time.Nanosecond }) {
			t.Error("the condition was true within the limit")
		}
	})
}

// failing notes that a test would have ended.
type failing struct{ said string }

func (f *failing) Helper() {}

func (f *failing) Fatalf(format string, args ...any) { f.said = fmt.Sprintf(format, args...) }

func TestUntil(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f failing
		begin := time.Now()
		Until(&f, "the moon is blue", func() bool { return false })
		if f.said != "after 2m0s still not: the moon is blue" || time.Since(begin) != Limit {
			t.Errorf("%q after %s", f.said, time.Since(begin))
		}
	})
}
