package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

type options struct {
	job, json, bin string
	qemu, armBin   string
	steps          int
	quick, keep    bool
	arm64          bool
	limit          time.Duration
	set            overrides
}

// overrides are values of --set.
type overrides []string

func (o *overrides) String() string { return fmt.Sprint([]string(*o)) }

// Set adds an override.
func (o *overrides) Set(value string) error {
	*o = append(*o, value)
	return nil
}

// result is the result of one way of training.
type result struct {
	Way     string  `json:"way"`
	Model   string  `json:"model_sha256"`
	Steps   uint64  `json:"steps"`
	Tokens  float64 `json:"tokens_per_second"`
	Seconds float64 `json:"seconds"`
	Error   string  `json:"error,omitempty"`
}

func main() {
	var o options
	flag.StringVar(&o.job, "job", "examples/godoc.yaml", "job file")
	flag.IntVar(&o.steps, "steps", 300, "steps to train, 0: the job's own")
	flag.BoolVar(&o.quick, "quick", false, "train a small generated job")
	flag.BoolVar(&o.arm64, "arm64", false, "compare native programs with those for arm64 under qemu-aarch64")
	flag.StringVar(&o.json, "json", "", "write the figures to this file")
	flag.StringVar(&o.bin, "bin", "", "directory with the three programs (default: build them)")
	flag.BoolVar(&o.keep, "keep", false, "keep the runs and logs")
	flag.Var(&o.set, "set", "override a key of the job, as training.mode=joint; may be repeated")
	flag.DurationVar(&o.limit, "limit", 10*time.Minute, "a training that takes longer counts as a hang")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "same:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	dir, err := os.MkdirTemp("", "braid-same-")
	if err != nil {
		return err
	}
	if o.keep {
		fmt.Println("kept:", dir)
	} else {
		defer os.RemoveAll(dir)
	}
	if o.bin == "" {
		o.bin = filepath.Join(dir, "bin")
		if err := build(o.bin); err != nil {
			return err
		}
	}
	tried := ways
	if o.arm64 {
		tried = armWays
		if err := o.prepareARM(dir); err != nil {
			return err
		}
	}
	if o.quick {
		if o.job, err = makeJob(dir); err != nil {
			return err
		}
		if !o.arm64 {
			o.steps = 0
		}
	}
	var results []result
	for _, w := range tried {
		r := w.try(o, dir)
		results = append(results, r)
		fmt.Printf("%-34s %-16.16s %6d steps %9.0f tokens/s %7.1f s %s\n",
			r.Way, r.Model, r.Steps, r.Tokens, r.Seconds, r.Error)
	}
	if o.json != "" {
		b, err := json.MarshalIndent(results, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.json, append(b, '\n'), 0o644); err != nil {
			return err
		}
	}
	return judge(results)
}

// build compiles the three programs into dir, with additional environment variables.
func build(dir string, environment ...string) error {
	command := exec.Command("go", "build", "-o", dir+"/", "./cmd/...")
	command.Env = append(os.Environ(), environment...)
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("building (run from the project's root): %w", err)
	}
	return nil
}

// judge compares every result with the first.
func judge(results []result) error {
	bad := 0
	for _, r := range results {
		if r.Error != "" || r.Model == "" || r.Model != results[0].Model {
			bad++
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d ways failed or gave a different model", bad, len(results))
	}
	fmt.Printf("all %d ways gave model_sha256 %s\n", len(results), results[0].Model)
	return nil
}

// way is one way to train.
type way struct {
	name string
	play func(s *stage) error
}

// ways lists the ways in the order of execution. The others are compared with the first.
var ways = []way{
	{"braid train, 2 goroutines", local(2)},
	{"braid train, 1 goroutine", local(1)},
	{"braid train, 3 goroutines", local(3)},
	{"braid train, 5 goroutines", local(5)},
	{"cluster, 1 worker", cluster(1)},
	{"cluster, 2 workers", cluster(2)},
	{"cluster, 3 workers", cluster(3)},
	{"cluster, a worker killed", workerKilled},
	{"cluster, a worker joins late", workerLate},
	{"cluster, coordinator killed, resumed", coordinatorKilled},
}

func (w way) try(o options, dir string) result {
	begin := time.Now()
	s := &stage{options: o, deadline: begin.Add(o.limit)}
	var err error
	if s.dir, err = os.MkdirTemp(dir, "way-"); err == nil {
		err = w.play(s)
	}
	s.close()
	r := result{Way: w.name, Seconds: time.Since(begin).Seconds()}
	if err == nil {
		err = s.read(&r)
	}
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// read reads the figures of the run's summary.
func (s *stage) read(r *result) error {
	b, err := os.ReadFile(filepath.Join(s.out(), "summary.json"))
	if err != nil {
		return err
	}
	return json.Unmarshal(b, r)
}

func local(goroutines int) func(*stage) error {
	return func(s *stage) error {
		args := []string{"train", s.job, "--out", s.out(), "--workers", strconv.Itoa(goroutines)}
		p, err := s.start(native, "braid", append(args, s.overrides()...)...)
		if err != nil {
			return err
		}
		return s.finish(p)
	}
}

func cluster(workers int) func(*stage) error {
	return func(s *stage) error {
		lead, err := s.lead(native, "cluster.min_workers="+strconv.Itoa(workers))
		if err != nil {
			return err
		}
		all := []*process{lead}
		for range workers {
			w, err := s.work(native)
			if err != nil {
				return err
			}
			all = append(all, w)
		}
		return s.finish(all...)
	}
}

func workerKilled(s *stage) error {
	lead, err := s.lead(native, "cluster.min_workers=2")
	if err != nil {
		return err
	}
	victim, err := s.work(native)
	if err != nil {
		return err
	}
	other, err := s.work(native)
	if err != nil {
		return err
	}
	if err := s.midway(lead); err != nil {
		return err
	}
	victim.kill()
	return s.finish(lead, other)
}

func workerLate(s *stage) error {
	lead, err := s.lead(native, "cluster.min_workers=1")
	if err != nil {
		return err
	}
	first, err := s.work(native)
	if err != nil {
		return err
	}
	if err := s.midway(lead); err != nil {
		return err
	}
	late, err := s.work(native)
	if err != nil {
		return err
	}
	if err := s.finish(lead, first, late); err != nil {
		return err
	}
	if !late.said("joining the coordinator") {
		return errors.New("the run ended before the late worker joined: raise -steps")
	}
	return nil
}

func coordinatorKilled(s *stage) error {
	lead, err := s.lead(native, "cluster.min_workers=1")
	if err != nil {
		return err
	}
	first, err := s.work(native)
	if err != nil {
		return err
	}
	second, err := s.work(native)
	if err != nil {
		return err
	}
	if err := s.midway(lead); err != nil {
		return err
	}
	lead.kill()
	again, err := s.lead(native, "cluster.min_workers=1", "--resume")
	if err != nil {
		return err
	}
	return s.finish(again, first, second)
}
