package sim

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Result is the outcome of a schedule.
type Result struct {
	Seed    uint64
	Took    time.Duration // virtual
	Terms   uint64
	Deaths  int
	Audits  uint64
	Accused uint64 // answers and workers that were found wrong
	Tainted bool   // the only violation is that a false answer is part of a step
	Err     error

	Done []time.Duration // when each step was done
}

// Rate is how many steps a second were done from a time on.
func (r Result) Rate(from time.Duration) float64 {
	first := 0
	for first < len(r.Done) && r.Done[first] < from {
		first++
	}
	if len(r.Done)-first < 2 {
		return 0
	}
	return float64(len(r.Done)-1-first) / (r.Done[len(r.Done)-1] - r.Done[first]).Seconds()
}

// A run may take settle after the last fault, and perStep for each step.
const (
	settle  = 40 * time.Second
	perStep = 2 * time.Second
)

// Play plays a schedule of steps with some workers.
func Play(seed uint64, workers, steps int, f Faults) Result {
	w := &world{random: rand.New(rand.NewPCG(seed, 1)), faults: f, delta: seed%2 == 1, tree: trees(seed), late: f.Late,
		versions: map[version]params{}, workers: map[string]*worker{}, last: map[string]time.Duration{}}
	r := Result{Seed: seed, Terms: 1}
	state := &State{Tainted: map[uint64]string{}}
	w.state = state
	for range workers {
		w.join()
	}
	if f.Mute || f.Lost || f.Late > 0 || f.Grow > 0 {
		w.start(bad)
	}
	w.lead(1)
	w.trouble(&r)
	bound := f.Until + settle + time.Duration(steps)*perStep
	for w.leader.step < uint64(steps) || w.leader.frozen {
		if !w.next() || w.now > bound {
			last := "nothing is reported"
			if n := len(state.Waits); n > 0 {
				last = state.Waits[n-1]
			}
			r.Err = fmt.Errorf("seed %d: hangs at %.1f s, step %d of %d, %d workers: %s",
				seed, w.now.Seconds(), w.leader.step, steps, len(w.names), last)
			break
		}
	}
	for _, l := range w.leaders {
		c := l.machine.Counters
		r.Audits += c.Audits
		r.Accused += c.Mismatches + c.Quarantined
	}
	for step := range uint64(steps) {
		if why := state.Tainted[step]; why != "" {
			r.Tainted = r.Tainted || len(state.Wrong) == 0
			state.Wrong = append(state.Wrong, why)
		}
	}
	if len(state.Wrong) > 0 {
		r.Err = fmt.Errorf("seed %d: %s", seed, state.Wrong[0])
	}
	r.Took, r.Done = w.now, state.Done
	return r
}

// join starts a worker with a new name.
func (w *world) join() {
	w.born++
	w.start(fmt.Sprint("w", w.born))
}

// trouble makes faults at random times until they are over.
func (w *world) trouble(r *Result) {
	f := w.faults
	w.every(f.Crash, func() {
		if x := w.pick(); x != nil {
			r.Deaths++
			w.remove(x)
			name, same := x.name, w.random.IntN(2) == 0
			w.after(time.Duration(w.random.IntN(2000))*time.Millisecond, func() {
				if same && w.workers[name] == nil {
					w.start(name) // a supervisor restarts it under its name
				} else {
					w.join()
				}
			})
		}
	})
	w.every(f.Freeze, func() {
		if x := w.pick(); x != nil {
			d := time.Duration(w.random.IntN(3000)) * time.Millisecond
			x.frozen = w.now + d
			w.after(d, x.thaw)
		}
	})
	w.every(f.Partition, func() {
		if x := w.pick(); x != nil {
			x.cut = w.now + time.Duration(w.random.IntN(3000))*time.Millisecond
		}
	})
	w.every(f.Leader, func() {
		old := w.leader
		if old.dead || old.frozen {
			return
		}
		// It dies, or it freezes and wakes up when another leads: it then acts until it
		// learns that its lease is lost.
		wakes := w.random.IntN(2) == 0
		old.dead, old.frozen = !wakes, wakes
		r.Terms++
		term := r.Terms
		delay := time.Duration(500+w.random.IntN(3000)) * time.Millisecond
		w.after(delay, func() { w.lead(term) })
		if wakes {
			delay += time.Duration(w.random.IntN(1000)) * time.Millisecond
			w.after(delay, func() { old.thaw() })
			w.after(delay+500*time.Millisecond, func() { old.dead = true })
		}
	})
}

// every makes calls at random times, rate in a second on average.
func (w *world) every(rate float64, do func()) {
	if rate <= 0 {
		return
	}
	var again func()
	again = func() {
		if !w.calm() {
			do()
			w.after(time.Duration(w.random.ExpFloat64()/rate*float64(time.Second)), again)
		}
	}
	w.after(time.Duration(w.random.ExpFloat64()/rate*float64(time.Second)), again)
}

func (w *world) pick() *worker {
	if len(w.names) == 0 {
		return nil
	}
	x := w.workers[w.names[w.random.IntN(len(w.names))]]
	if x.name == bad {
		return nil // it lives on
	}
	return x
}
