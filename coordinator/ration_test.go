package coordinator

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Of any number of lines, few pass. The others are counted by kind, and the counts are logged once per
// period.
func TestRation(t *testing.T) {
	var r ration
	now := time.Unix(0, 0)
	passed := map[string]int{}
	pass := func(kind, worker, text string) {
		if r.pass(now, kind, worker, text) {
			passed[kind]++
			passed["worker "+worker]++
			passed["all"]++
		}
	}
	for i := range 100_000 {
		pass("one", "w1", "w1 is loud")
		pass("two", fmt.Sprint("w", i), "many")
		pass(fmt.Sprint("kind", i), "", "ever new ones")
	}
	pass("quiet", "w2", "never lost for long")
	if passed["worker w1"] != linesOfAWorker || passed["one"] > linesOfAWorker ||
		passed["two"] != linesOfAKind || passed["all"] > linesInAll {
		t.Error(passed["worker w1"], passed["one"], passed["two"], passed["all"])
	}
	if len(r.kinds) > kindsOfLines+1 || len(r.workers) > linesInAll {
		t.Errorf("%d kinds and %d workers are stored", len(r.kinds), len(r.workers))
	}
	if lines := r.end(now.Add(rationPeriod - 1)); lines != nil {
		t.Error("the period ends early:", lines)
	}
	now = now.Add(rationPeriod)
	lines := strings.Join(r.end(now), "\n")
	count := fmt.Sprint(100_000-passed["one"], " more lines like this in the last 10 s: w1 is loud")
	if !strings.Contains(lines, count) || strings.Count(lines, "\n") > kindsOfLines {
		t.Error(lines)
	}
	if !r.pass(now, "one", "w1", "again") {
		t.Error("nothing passes in the next period")
	}
}

// A budget permits its burst at once and its rate afterwards, and never more than its burst.
func TestBudget(t *testing.T) {
	b := budget{burst: 10, perSecond: 100}
	now := time.Unix(0, 0)
	spend := func() (n int) {
		for b.spend(now) {
			n++
		}
		return n
	}
	if n := spend(); n != 10 {
		t.Error("burst", n)
	}
	if d := b.until(0.5); d != 50*time.Millisecond {
		t.Error("half of the budget is available after", d)
	}
	now = now.Add(50 * time.Millisecond)
	if n := spend(); n != 5 {
		t.Error("after 50 ms", n)
	}
	b.earn(3)
	if n := spend(); n != 3 {
		t.Error("earned", n)
	}
	now = now.Add(time.Hour)
	if n := spend(); n != 10 {
		t.Error("after an hour", n)
	}
}
