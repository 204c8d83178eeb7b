package sim

import (
	"flag"
	"fmt"
	"reflect"
	"sync/atomic"
	"testing"
	"time"
)

var (
	seed      = flag.Uint64("seed", 0, "play this one schedule, of every kind")
	schedules = flag.Int("schedules", 100, "schedules of each kind")
)

// kinds are worlds, from a calm one to one where everything happens.
var kinds = map[string]Faults{
	"calm":      {},
	"lossy":     {Until: 10 * time.Second, Drop: 0.1, Double: 0.1, Misfit: 0.02},
	"slow":      {Until: 10 * time.Second, Slow: 0.05, Double: 0.02},
	"crashes":   {Until: 10 * time.Second, Crash: 1},
	"freezes":   {Until: 10 * time.Second, Freeze: 1},
	"frozen":    {Until: 20 * time.Second, Freeze: 4},
	"partition": {Until: 10 * time.Second, Partition: 1},
	"leaders":   {Until: 15 * time.Second, Leader: 1},
	"terms":     {Until: 15 * time.Second, Leader: 2, Slow: 0.05, Double: 0.05},
	"storm":     {Until: 15 * time.Second, Drop: 0.2, Double: 0.1, Slow: 0.1, Misfit: 0.02, Freeze: 0.5},
	"all": {Until: 20 * time.Second, Drop: 0.03, Double: 0.05, Misfit: 0.01, Slow: 0.02,
		Crash: 0.3, Freeze: 0.3, Partition: 0.3, Leader: 0.1},
}

func TestSchedules(t *testing.T) {
	var audits atomic.Uint64
	t.Cleanup(func() {
		t.Logf("%d audits", audits.Load())
		if n := audits.Load(); *seed == 0 && *schedules >= 100 && n < 10_000 {
			t.Errorf("%d audits, too few to say that there is no false alarm", n)
		}
	})
	for name, f := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, n := uint64(1), *schedules
			if *seed != 0 {
				first, n = *seed, 1
			}
			for s := first; s < first+uint64(n); s++ {
				f.Audit = []float64{0, 0.1, 1}[s%3]
				r := Play(s, 1+int(s%5), 200, f)
				audits.Add(r.Audits)
				if r.Err == nil && r.Accused > 0 {
					r.Err = fmt.Errorf("seed %d: an honest worker is accused", s)
				}
				if r.Err != nil {
					t.Errorf("%v; again with -run %s -seed %d", r.Err, t.Name(), s)
					if t.Failed() && s > first+20 {
						return
					}
				}
			}
		})
	}
}

// A worker that gives false answers is found, and none of them stays in a step. The worker lives as long as the run:
// otherwise it could leave before an audit.
func TestLiarIsFound(t *testing.T) {
	for _, name := range []string{"calm", "lossy", "slow", "freezes", "partition"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, found := uint64(max(*schedules/4, 1)), uint64(0)
			for s := range n {
				f := kinds[name]
				f.Liar, f.Audit = true, []float64{0.2, 1}[s%2]
				r := Play(s, 3+int(s%3), 100, f)
				// Of a liar that answers seldom after its lie nothing may be audited.
				if r.Err != nil && !(r.Tainted && r.Accused == 0 && f.Audit < 1) {
					t.Error(r.Err)
				}
				if r.Accused > 0 {
					found++
				}
			}
			// One that is late too has few shares: its lies may all have been duplicates.
			if found*10 < n*8 {
				t.Errorf("the liar is accused in %d of %d schedules", found, n)
			}
		})
	}
}

// badWorkers are workers that could hold up every step.
var badWorkers = map[string]Faults{
	"mute":         {Mute: true},
	"lost":         {Lost: true},
	"late 20 ms":   {Late: 20 * time.Millisecond},
	"late 100 ms":  {Late: 100 * time.Millisecond},
	"jitter":       {Late: 60 * time.Millisecond, Jitter: true},
	"late growing": {Late: 20 * time.Millisecond, Grow: 100 * time.Millisecond},
}

// A fleet with a bad worker takes steps at no less than 0.8 of the rate that it has without, from
// five seconds after the start on.
func TestBadWorkerDoesNotSlowTheFleet(t *testing.T) {
	const warmUp, steps = 5 * time.Second, 1000
	for name, f := range badWorkers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for s := range uint64(8) {
				workers := 1 + int(s%4)
				without, with := Play(s, workers, steps, Faults{}), Play(s, workers, steps, f)
				if without.Err != nil || with.Err != nil {
					t.Fatal(without.Err, with.Err)
				}
				if a, b := without.Rate(warmUp), with.Rate(warmUp); b < 0.8*a {
					t.Errorf("seed %d, %d workers: %.1f steps/s without it, %.1f with it", s, workers, a, b)
				} else if testing.Verbose() && s < 4 {
					t.Logf("%d workers: %.1f steps/s without it, %.1f with it", workers, a, b)
				}
			}
		})
	}
}

// A schedule is a function of its seed.
func TestSameSeedSameSchedule(t *testing.T) {
	a, b := Play(7, 4, 100, kinds["all"]), Play(7, 4, 100, kinds["all"])
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%+v and %+v", a, b)
	}
}
