package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// round is the result of one round.
type round struct {
	Round    int               `json:"round"`
	Seed     uint64            `json:"seed"`
	Faults   []injected        `json:"faults"`
	Missed   int               `json:"missed"` // faults without a target: no checkpoint yet, process down, job done
	Equal    bool              `json:"equal"`
	Hang     bool              `json:"hang"`
	Seconds  float64           `json:"seconds"`
	Wait     float64           `json:"longest_wait_seconds"` // longest time without a step while no fault was active
	Problems []string          `json:"problems,omitempty"`
	Counters map[string]uint64 `json:"counters,omitempty"`
}

type injected struct {
	Kind    string  `json:"kind"`
	Target  string  `json:"target"`
	At      float64 `json:"at_seconds"`
	Length  float64 `json:"length_seconds"`
	Recover float64 `json:"recovery_seconds"` // longest time without a step, from the fault to 2 s after its end
}

// playRounds plays all rounds and prints the report.
func playRounds(o options, b built) error {
	// Rounds alternate: f32 sends parameter values, bf16 sends increments.
	var jobs []string
	var truths []oracle
	for _, precision := range []string{"f32", "bf16"} {
		dir := filepath.Join(b.dir, precision)
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
		s := smallJob(o.steps)
		s.precision, s.conflict = precision, o.conflict
		job, err := writeJob(dir, s)
		if err != nil {
			return err
		}
		truth, err := reference(b, job)
		if err != nil {
			return err
		}
		fmt.Printf("oracle, %s: model_sha256 %s, %d steps, %d tokens\n",
			precision, truth.hash, len(truth.lines), truth.tokens)
		jobs, truths = append(jobs, job), append(truths, truth)
	}
	began := time.Now()
	var rounds []round
	failed := 0
	for i := range o.rounds {
		dir := filepath.Join(b.dir, fmt.Sprintf("round%03d", i))
		r := playRound(o, b, dir, jobs[i%len(jobs)], truths[i%len(jobs)], i)
		rounds = append(rounds, r)
		fmt.Println(r.line())
		if !r.good() {
			failed++
			fmt.Printf("  kept: %s\n", dir)
		} else if !o.keep {
			os.RemoveAll(dir)
		}
	}
	report := summarise(rounds, o, time.Since(began))
	report.print(os.Stdout)
	if err := writeJSON(o.json, report); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d rounds failed", failed, o.rounds)
	}
	return nil
}

func playRound(o options, b built, dir, job string, truth oracle, number int) round {
	seed := o.seed*1_000_003 + uint64(number)
	r := round{Round: number, Seed: seed, Counters: map[string]uint64{}}
	began := time.Now()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		r.problem("%v", err)
		return r
	}
	disks := mountDisks(dir)
	defer disks.unmount()
	c, err := startCluster(setup{bin: b.bin, dir: dir, job: job, seed: seed, clocks: b.clocks, size: workerCount,
		three: number%3 == 2})
	if err != nil {
		r.problem("%v", err)
		return r
	}
	defer c.close()
	watch := newWatcher(c, 20*time.Millisecond)
	defer watch.close()

	r.play(c, watch, schedule(rand.New(rand.NewPCG(seed, 2)), 2*time.Second, o.only), began.Add(o.limit))
	for time.Now().Before(began.Add(o.limit)) && !c.finished() {
		c.revive()
		time.Sleep(20 * time.Millisecond)
	}
	r.Seconds = time.Since(began).Seconds()
	r.Hang = !c.finished()
	for i := range r.Faults {
		f := &r.Faults[i]
		f.Recover = watch.longestGap(f.At, f.At+f.Length+2)
	}
	if r.Wait = watch.longestWait(r.Faults); r.Wait > o.bound.Seconds() {
		r.problem("no step for %.1f s while no fault was active, the bound is %s", r.Wait, o.bound)
	}
	r.judge(c, truth)
	r.Counters = watch.counters()
	return r
}

func (r *round) problem(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

func (r *round) good() bool { return r.Equal && !r.Hang && len(r.Problems) == 0 }

// play injects each fault at its time and mends it after its length.
func (r *round) play(c *cluster, watch *watcher, faults []fault, deadline time.Time) {
	start, ok := watch.firstStep(deadline, c.revive)
	if !ok {
		return
	}
	type event struct {
		at time.Duration
		do func()
	}
	var events []event
	for _, f := range faults {
		events = append(events, event{f.at, func() {
			if c.finished() {
				r.Missed++
				return
			}
			target, mend := f.inject(c)
			if target == "" && mend == nil {
				r.Missed++
				return
			}
			r.Faults = append(r.Faults,
				injected{Kind: f.kind, Target: target, At: watch.since(), Length: f.length.Seconds()})
			if mend != nil {
				events = append(events, event{time.Since(start) + f.length, mend})
			}
		}})
	}
	for len(events) > 0 && time.Now().Before(deadline) {
		slices.SortStableFunc(events, func(a, b event) int { return int(a.at - b.at) })
		next := events[0]
		events = events[1:]
		time.Sleep(time.Until(start.Add(next.at)))
		next.do()
	}
}

// judge compares the coordinators' run directories with the oracle.
func (r *round) judge(c *cluster, truth oracle) {
	finished := 0
	seen := map[uint64]bool{}
	for i := range c.coordinators {
		name := c.coordinators[i].name
		tokens, err := truth.compare(c.out(i), seen)
		switch {
		case err != nil:
			r.problem("%s: %v", name, err)
		case tokens > 0:
			finished++
		}
	}
	if finished == 0 {
		return
	}
	if missing := truth.missing(seen); missing > 0 {
		r.problem("step %d is in no coordinator's metrics", missing)
	}
	r.Equal = len(r.Problems) == 0
}

// finished reports whether a coordinator has succeeded, which means that the job is done.
func (c *cluster) finished() bool {
	return slices.ContainsFunc(c.coordinators, (*process).succeeded)
}

// revive restarts programs that have failed, as a supervisor would: a program may fail (a full
// disk, a lost lease), but the run must continue.
func (c *cluster) revive() {
	for _, p := range append(append([]*process{}, c.coordinators...), c.workers...) {
		if !p.running() && !p.succeeded() {
			restart(p)
		}
	}
}

func (r round) line() string {
	kinds := make([]string, len(r.Faults))
	for i, f := range r.Faults {
		kinds[i] = fmt.Sprintf("%s %s", f.Kind, f.Target)
	}
	verdict := "equal"
	switch {
	case r.Hang:
		verdict = "HANG"
	case !r.good():
		verdict = "FAILED"
	}
	line := fmt.Sprintf("round %d seed %d: %s in %.1f s: %s",
		r.Round, r.Seed, verdict, r.Seconds, strings.Join(kinds, ", "))
	for _, p := range r.Problems {
		line += "\n  " + p
	}
	return line
}
