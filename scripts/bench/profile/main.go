package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"braid/internal/kernel"
	"braid/job"
	"braid/scripts/bench/internal/runner"
	"braid/train"
)

func main() {
	seconds := flag.Float64("seconds", 5, "seconds to train")
	threads := flag.Int("threads", runtime.GOMAXPROCS(0), "goroutines that compute")
	top := flag.Int("top", 15, "rows")
	keep := flag.String("keep", "", "keep the profile in this file, for a flame graph: go tool pprof -http : FILE")
	jsonFile := flag.String("json", "", "write the figures to this file too")
	flag.Parse()
	if err := run(*seconds, *threads, *top, *keep, *jsonFile); err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
		os.Exit(1)
	}
}

func run(seconds float64, threads, top int, keep, jsonFile string) error {
	dir, err := os.MkdirTemp("", "braid-profile")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if keep == "" {
		keep = filepath.Join(dir, "cpu.pprof")
	}
	shape := runner.Large(8)
	file, _, err := runner.WriteJob(dir, shape)
	if err != nil {
		return err
	}
	r := Report{Machine: runner.Machine(), Form: kernel.Form(), Threads: threads}
	if r.TokensPerSecond, err = profile(file, filepath.Join(dir, "run"), keep, seconds, threads); err != nil {
		return err
	}
	if r.Rows, err = read(keep, top); err != nil {
		return err
	}
	fmt.Printf("%s, form %s, %d threads: %s, %.0f tokens/s\n\n", r.Machine, r.Form, threads,
		shape, r.TokensPerSecond)
	fmt.Println("| flat % | cumulative % | function |\n|---|---|---|")
	for _, row := range r.Rows {
		fmt.Printf("| %.1f | %.1f | `%s` |\n", row.Flat, row.Cumulative, row.Function)
	}
	return runner.WriteJSON(jsonFile, r)
}

// Report is the content of the file that --json names.
type Report struct {
	Machine         string  `json:"machine"`
	Form            string  `json:"form"`
	Threads         int     `json:"threads"`
	TokensPerSecond float64 `json:"tokens_per_second"`
	Rows            []Row   `json:"rows"`
}

// errEnough is the cause with which profile ends the training.
var errEnough = errors.New("enough")

// profile trains for the given time and writes a profile to the file into, without the first tenth of
// the time. It returns tokens per second.
func profile(file, dir, into string, seconds float64, threads int) (float64, error) {
	j, err := job.Load(file, "training.steps=1000000", "cluster.checkpoint_every=1000000")
	if err != nil {
		return 0, err
	}
	setup, err := train.Open(context.Background(), j, nil)
	if err != nil {
		return 0, err
	}
	out, err := os.Create(into)
	if err != nil {
		return 0, err
	}
	defer out.Close()
	fleet := setup.Local(threads)
	defer fleet.Close()
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	begin, tokens := time.Now(), 0
	var profiled, last time.Time
	events := func(e train.Event) {
		step, ok := e.(train.Stepped)
		switch passed := time.Since(begin).Seconds(); {
		case !ok || passed < seconds/10:
		case profiled.IsZero():
			profiled = time.Now()
			if err := pprof.StartCPUProfile(out); err != nil {
				stop(err)
			}
		case passed < seconds:
			tokens, last = tokens+step.Tokens, time.Now()
		default:
			stop(errEnough)
		}
	}
	_, err = train.Run(ctx, train.Config{Setup: setup, Fleet: fleet, Dir: dir, Threads: threads, Events: events})
	pprof.StopCPUProfile()
	if cause := context.Cause(ctx); cause != errEnough {
		return 0, errors.Join(cause, err)
	}
	return float64(tokens) / last.Sub(profiled).Seconds(), nil
}

// Row is one function's share of processor time, in percent.
type Row struct {
	Flat       float64 `json:"flat"`
	Cumulative float64 `json:"cumulative"`
	Function   string  `json:"function"`
}

// read returns the first rows of a profile, as printed by go tool pprof.
func read(profile string, rows int) ([]Row, error) {
	cmd := exec.Command("go", "tool", "pprof", "-top", "-nodecount", strconv.Itoa(rows), profile)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go tool pprof: %w: %s", err, stderr.Bytes())
	}
	_, body, found := strings.Cut(string(out), "cum%\n")
	if !found {
		return nil, fmt.Errorf("go tool pprof printed no table: %s", out)
	}
	var table []Row
	for line := range strings.Lines(body) {
		// flat flat% sum% cum cum% name; a name may have spaces
		f := strings.Fields(line)
		if len(f) < 6 {
			continue
		}
		r := Row{Function: strings.TrimSuffix(strings.TrimPrefix(strings.Join(f[5:], " "), "braid/"), " (inline)")}
		var err1, err2 error
		r.Flat, err1 = strconv.ParseFloat(strings.TrimSuffix(f[1], "%"), 64)
		r.Cumulative, err2 = strconv.ParseFloat(strings.TrimSuffix(f[4], "%"), 64)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("go tool pprof printed %q: %w", line, err)
		}
		table = append(table, r)
	}
	return table, nil
}
