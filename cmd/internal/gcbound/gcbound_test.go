package gcbound

import (
	"runtime"
	"testing"
)

func TestPercent(t *testing.T) {
	bound := Bound{Percent: 25, Bytes: 8 << 20}
	for _, c := range []struct {
		live uint64
		want int
	}{{0, 800}, {1 << 20, 800}, {8 << 20, 100}, {32 << 20, 25}, {1 << 30, 25}} {
		if got := bound.percent(c.live); got != c.want {
			t.Errorf("%d live bytes: %d %%, want %d", c.live, got, c.want)
		}
	}
	runtime.GC()
	if liveHeap() == 0 {
		t.Error("the runtime reports a live heap of 0 bytes")
	}
}
