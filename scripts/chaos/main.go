// Command chaos trains one small job again and again on a cluster of real processes while
// it kills, freezes, cuts off and lies to them, and holds every run against one oracle: the
// model_sha256 of `braid train` on the same job.
//
//	go run ./scripts/chaos --rounds 30 --seed 1 [--json FILE]
//
// A round that ends with another hash, or does not end in time, fails the whole; its
// directory with all logs is kept and named. The same seed draws the same schedules.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

type options struct {
	rounds int
	seed   uint64
	steps  int
	limit  time.Duration
	json   string
	keep   bool
}

// round is what one round showed.
type round struct {
	Round    int               `json:"round"`
	Seed     uint64            `json:"seed"`
	Faults   []injected        `json:"faults"`
	Equal    bool              `json:"equal"`
	Hang     bool              `json:"hang"`
	Seconds  float64           `json:"seconds"`
	Problems []string          `json:"problems,omitempty"`
	Counters map[string]uint64 `json:"counters,omitempty"`
}

type injected struct {
	Kind    string  `json:"kind"`
	Target  string  `json:"target"`
	At      float64 `json:"at_seconds"`
	Length  float64 `json:"length_seconds"`
	Recover float64 `json:"recovery_seconds"` // longest time without a step from the fault until 2 s after its end
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 30, "rounds, a cluster and a schedule each")
	flag.Uint64Var(&o.seed, "seed", 1, "decides every schedule")
	flag.IntVar(&o.steps, "steps", 1500, "steps of the job")
	flag.DurationVar(&o.limit, "limit", 90*time.Second, "a round that takes longer hangs")
	short := flag.Bool("short", false, "six rounds")
	flag.StringVar(&o.json, "json", "", "write the figures to this file")
	flag.BoolVar(&o.keep, "keep", false, "keep the directories of good rounds too")
	flag.Parse()
	if *short {
		o.rounds = 6
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	dir, err := os.MkdirTemp("", "braid-chaos-")
	if err != nil {
		return err
	}
	bin := filepath.Join(dir, "bin")
	build := exec.Command("go", "build", "-o", bin+"/", "./cmd/...", "github.com/nats-io/nats-server/v2")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building (run from the project's root): %w", err)
	}
	job, err := writeJob(dir, o.steps)
	if err != nil {
		return err
	}
	oracle, err := reference(bin, dir, job)
	if err != nil {
		return err
	}
	fmt.Printf("oracle: model_sha256 %s\n", oracle)
	began := time.Now()
	var rounds []round
	failed := 0
	for i := range o.rounds {
		r := playRound(o, bin, filepath.Join(dir, fmt.Sprintf("round%03d", i)), job, oracle, i)
		rounds = append(rounds, r)
		fmt.Println(r.line())
		if !r.Equal || r.Hang || len(r.Problems) > 0 {
			failed++
			fmt.Printf("  kept: %s\n", filepath.Join(dir, fmt.Sprintf("round%03d", i)))
		} else if !o.keep {
			os.RemoveAll(filepath.Join(dir, fmt.Sprintf("round%03d", i)))
		}
	}
	report := summarise(rounds, o, time.Since(began))
	report.print(os.Stdout)
	if o.json != "" {
		b, err := json.MarshalIndent(report, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.json, append(b, '\n'), 0o644); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d rounds failed, logs under %s", failed, o.rounds, dir)
	}
	return os.RemoveAll(dir)
}

// reference trains the job in one process, with no fault.
func reference(bin, dir, job string) (string, error) {
	out := filepath.Join(dir, "reference")
	cmd := exec.Command(filepath.Join(bin, "braid"), "train", job, "--out", out)
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("braid train: %w\n%s", err, b.String())
	}
	return hashOf(out)
}

// hashOf reads a finished run's model_sha256, and checks that the model's file has it.
func hashOf(out string) (string, error) {
	b, err := os.ReadFile(filepath.Join(out, "summary.json"))
	if err != nil {
		return "", err
	}
	var s struct {
		Model string `json:"model_sha256"`
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return "", err
	}
	if s.Model == "" {
		return "", fmt.Errorf("%s: no model_sha256", out)
	}
	return s.Model, nil
}

func playRound(o options, bin, dir, job, oracle string, number int) round {
	seed := o.seed*1_000_003 + uint64(number)
	r := round{Round: number, Seed: seed, Counters: map[string]uint64{}}
	began := time.Now()
	problem := func(format string, args ...any) { r.Problems = append(r.Problems, fmt.Sprintf(format, args...)) }
	if err := os.MkdirAll(dir, 0o755); err != nil {
		problem("%v", err)
		return r
	}
	disks := mountDisks(dir)
	defer disks.unmount()
	c, err := startCluster(bin, dir, job, seed)
	if err != nil {
		problem("%v", err)
		return r
	}
	defer c.close()
	watch := newWatcher(c)
	defer watch.close()

	faults := schedule(rand.New(rand.NewPCG(seed, 2)), 3*time.Second)
	r.play(c, watch, faults, began.Add(o.limit))
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
	r.judge(c, oracle, problem)
	r.Counters = watch.counters()
	return r
}

// play injects the faults at their times and mends each after its length.
func (r *round) play(c *cluster, watch *watcher, faults []fault, deadline time.Time) {
	start, ok := watch.firstStep(deadline)
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
			target, mend := f.inject(c)
			if target == "" && mend == nil {
				return
			}
			r.Faults = append(r.Faults, injected{Kind: f.kind, Target: target, At: watch.since(), Length: f.length.Seconds()})
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

// judge holds what the coordinators left against the oracle.
func (r *round) judge(c *cluster, oracle string, problem func(string, ...any)) {
	finished := 0
	for i := range c.coordinators {
		hash, err := hashOf(c.out(i))
		if err != nil {
			continue
		}
		finished++
		if hash != oracle {
			problem("%s: model_sha256 %s", c.coordinators[i].name, hash)
		}
		if err := checkMetrics(c.out(i)); err != nil {
			problem("%s: %v", c.coordinators[i].name, err)
		}
	}
	r.Equal = finished > 0 && len(r.Problems) == 0
}

// checkMetrics says whether any step was recorded twice or out of order.
func checkMetrics(out string) error {
	b, err := os.ReadFile(filepath.Join(out, "metrics.jsonl"))
	if err != nil {
		return err
	}
	last := map[string]float64{}
	for i, line := range bytes.Split(bytes.TrimSpace(b), []byte("\n")) {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			return fmt.Errorf("metrics.jsonl:%d: %w", i+1, err)
		}
		step, ok := m["step"].(float64)
		if !ok {
			continue
		}
		kind := fmt.Sprint(m["kind"], m["split"])
		if before, seen := last[kind]; seen && step <= before {
			return fmt.Errorf("metrics.jsonl:%d: step %v after step %v", i+1, step, before)
		}
		last[kind] = step
	}
	return nil
}

// finished says that a coordinator ended well: the job is done.
func (c *cluster) finished() bool {
	return slices.ContainsFunc(c.coordinators, (*process).succeeded)
}

// revive starts what ended with an error again, as a supervisor would: a process may give
// up (a full disk, a lost lease), the run may not.
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
	case !r.Equal:
		verdict = "DIFFERS " + strings.Join(r.Problems, "; ")
	}
	return fmt.Sprintf("round %d seed %d: %s in %.1f s: %s", r.Round, r.Seed, verdict, r.Seconds, strings.Join(kinds, ", "))
}

// report is the sum of all rounds.
type report struct {
	Seed    uint64            `json:"seed"`
	Rounds  int               `json:"rounds"`
	Equal   int               `json:"equal"`
	Hangs   int               `json:"hangs"`
	Seconds float64           `json:"seconds"`
	Kinds   []kindReport      `json:"kinds"`
	Totals  map[string]uint64 `json:"counters"`
	Each    []round           `json:"each"`
}

type kindReport struct {
	Kind     string  `json:"kind"`
	Injected int     `json:"injected"`
	Median   float64 `json:"recovery_median_seconds"`
	P99      float64 `json:"recovery_p99_seconds"`
}

func summarise(rounds []round, o options, took time.Duration) report {
	s := report{Seed: o.seed, Rounds: len(rounds), Seconds: took.Seconds(), Totals: map[string]uint64{}, Each: rounds}
	gaps := map[string][]float64{}
	for _, r := range rounds {
		if r.Equal {
			s.Equal++
		}
		if r.Hang {
			s.Hangs++
		}
		for _, f := range r.Faults {
			gaps[f.Kind] = append(gaps[f.Kind], f.Recover)
		}
		for k, v := range r.Counters {
			s.Totals[k] += v
		}
	}
	for kind, g := range gaps {
		slices.Sort(g)
		s.Kinds = append(s.Kinds, kindReport{kind, len(g), g[len(g)/2], g[min(len(g)-1, len(g)*99/100)]})
	}
	slices.SortFunc(s.Kinds, func(a, b kindReport) int { return strings.Compare(a.Kind, b.Kind) })
	return s
}

func (s report) print(f *os.File) {
	w := tabwriter.NewWriter(f, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "fault\tinjected\trecovery median s\t99th percentile s")
	for _, k := range s.Kinds {
		fmt.Fprintf(w, "%s\t%d\t%.2f\t%.2f\n", k.Kind, k.Injected, k.Median, k.P99)
	}
	w.Flush()
	for _, name := range slices.Sorted(maps.Keys(s.Totals)) {
		fmt.Fprintf(f, "%s %d\n", name, s.Totals[name])
	}
	fmt.Fprintf(f, "seed %d: %d of %d rounds with equal hashes, %d hangs, %.0f s\n", s.Seed, s.Equal, s.Rounds, s.Hangs, s.Seconds)
}
