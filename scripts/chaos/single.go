package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// trial is one fault in an otherwise healthy cluster. play injects the fault, mends it and
// returns the time for which it delayed the run. number selects the target.
type trial struct {
	kind  string
	asked float64 // required limit in seconds, 0: none
	play  func(s *stage, number int) (seconds float64, err error)
}

var trials = []trial{
	{"worker killed: delay of the step", 1.5, func(s *stage, n int) (float64, error) {
		w := s.c.workers[n%len(s.c.workers)]
		delay, err := s.delay(func() { w.kill() })
		if err == nil {
			err = w.start()
		}
		return delay, err
	}},
	{"worker frozen: delay of the step", 0, func(s *stage, n int) (float64, error) {
		w := s.c.workers[n%len(s.c.workers)]
		delay, err := s.delay(func() { w.signal(syscall.SIGSTOP) })
		w.signal(syscall.SIGCONT)
		return delay, err
	}},
	{"coordinator killed: until a step of the standby", 6, func(s *stage, _ int) (float64, error) {
		return s.succeed()
	}},
	{"the same, NATS's clock just set back an hour", 6, func(s *stage, _ int) (float64, error) {
		if !s.c.servers[0].step(-time.Hour) {
			return 0, errNoClocks
		}
		defer s.c.servers[0].step(0)
		time.Sleep(70 * time.Millisecond) // until the step takes effect; the lease then has a time in the future
		return s.succeed()
	}},
	{"NATS restarted: from its return until a step", 5, func(s *stage, _ int) (float64, error) {
		server := s.c.servers[0]
		server.kill()
		time.Sleep(between(s.rng, 200*time.Millisecond, 4*time.Second))
		if err := server.start(); err != nil {
			return 0, err
		}
		if err := waitForPort(server.address, 10*time.Second); err != nil {
			return 0, err
		}
		return s.next(s.watch.since())
	}},
}

// singleReport is the result of all trials of one fault.
type singleReport struct {
	Kind   string  `json:"kind"`
	Trials int     `json:"trials"`
	Asked  float64 `json:"asked_seconds,omitempty"`
	spread
	Each []float64 `json:"each_seconds"`
}

// playSingles plays each fault o.single times. Each kind has its own cluster with default
// settings.
func playSingles(o options, b built) error {
	s := smallJob(10_000_000) // more steps than the measurement takes
	s.batch, s.checkpoint = 256, 200
	job, err := writeJob(b.dir, s)
	if err != nil {
		return err
	}
	var reports []singleReport
	for i, t := range trials {
		if !strings.Contains(t.kind, o.only) {
			continue
		}
		r, err := playTrials(o, b, job, t, i)
		if errors.Is(err, errNoClocks) {
			continue
		} else if err != nil {
			return fmt.Errorf("%s: %w", t.kind, err)
		}
		fmt.Printf("%s: %.2f\n", t.kind, r.Each)
		reports = append(reports, r)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "fault\ttrials\tmedian s\t99th percentile s\tworst s\trequired s")
	for _, r := range reports {
		asked := ""
		if r.Asked > 0 {
			asked = fmt.Sprintf("%.1f", r.Asked)
		}
		fmt.Fprintf(w, "%s\t%d\t%.2f\t%.2f\t%.2f\t%s\n", r.Kind, r.Trials, r.Median, r.P99, r.Worst, asked)
	}
	w.Flush()
	return writeJSON(o.json, reports)
}

func playTrials(o options, b built, job string, t trial, number int) (r singleReport, err error) {
	dir := filepath.Join(b.dir, fmt.Sprintf("single%d", number))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return r, err
	}
	c, err := startCluster(setup{bin: b.bin, dir: dir, job: job, clocks: b.clocks, size: workerCount,
		direct: true, shared: true})
	if err != nil {
		return r, err
	}
	defer c.close()
	s := &stage{c: c, watch: newWatcher(c, 5*time.Millisecond), rng: rand.New(rand.NewPCG(o.seed, uint64(number)))}
	defer s.watch.close()
	r = singleReport{Kind: t.kind, Asked: t.asked}
	for i := range o.single {
		if err := s.calm(); err != nil {
			return r, fmt.Errorf("before trial %d: %w", i, err)
		}
		seconds, err := t.play(s, i)
		if err != nil {
			return r, fmt.Errorf("trial %d: %w", i, err)
		}
		r.Each = append(r.Each, seconds)
	}
	r.Trials, r.spread = len(r.Each), spreadOf(r.Each)
	return r, nil
}

// stage is a cluster with its watcher, on which trials are played.
type stage struct {
	c     *cluster
	watch *watcher
	rng   *rand.Rand
}

// maxWait bounds each wait of a trial.
const maxWait = 30 * time.Second

// until waits until condition holds. It fails after maxWait.
func until(name string, condition func() bool) error {
	for deadline := time.Now().Add(maxWait); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if condition() {
			return nil
		}
	}
	return fmt.Errorf("%s: not within %s", name, maxWait)
}

// calm waits until all workers have joined and 20 steps are done, then for a random time, so
// that faults hit all phases of a step and of a lease.
func (s *stage) calm() error {
	joined := func() bool { return s.watch.workers() == len(s.c.workers) }
	if err := until("all workers have joined", joined); err != nil {
		return err
	}
	from := s.watch.since()
	if err := until("20 steps are done", func() bool { return s.watch.movesSince(from) >= 20 }); err != nil {
		return err
	}
	time.Sleep(between(s.rng, 300*time.Millisecond, 1050*time.Millisecond))
	return nil
}

// succeed kills the leader and waits for the standby's first step.
func (s *stage) succeed() (float64, error) {
	_, leads := s.watch.last()
	p := s.c.coordinators[leads]
	p.kill()
	took, err := s.next(s.watch.since())
	if err == nil {
		err = p.start()
		time.Sleep(time.Second) // the coordinator reads the data and becomes the standby
	}
	return took, err
}

// errNoClocks is the error of a trial that cannot run on this machine.
var errNoClocks = errors.New("the programs' clocks cannot be stepped")

// delay injects a fault and returns the time by which it lengthened a step, compared with the
// median step before.
func (s *stage) delay(inject func()) (float64, error) {
	at := s.watch.since()
	usual := s.watch.medianGap(at-0.3, at)
	inject()
	// A frozen worker is declared lost after a second; later delays have other causes.
	time.Sleep(1200 * time.Millisecond)
	from := s.watch.since()
	if err := until("the next step", func() bool { return s.watch.movesSince(from) >= 2 }); err != nil {
		return 0, err
	}
	return max(0, s.watch.longestGap(at, from)-usual), nil
}

// next returns the time from the given time to the first step after it.
func (s *stage) next(from float64) (float64, error) {
	err := until("the next step", func() bool { return s.watch.movesSince(from) > 0 })
	return s.watch.firstSince(from) - from, err
}
