package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"braid/scripts/bench/internal/runner"
)

// Contestant trains one setting and measures its speed.
type Contestant interface {
	// Name identifies the contestant, Variant its configuration.
	Name() string
	Variant() string
	// Race trains for about the given time and returns tokens per second.
	Race(ctx context.Context, seconds float64) (float64, error)
}

// Result holds the figures of one contestant in one setting.
type Result struct {
	Name    string    `json:"name"`
	Variant string    `json:"variant"`
	Rounds  []float64 `json:"tokens_per_second"`
	Median  float64   `json:"median"`
}

// Report is the content of the file that --json names.
type Report struct {
	Machine  string          `json:"machine"`
	Date     string          `json:"date"`
	Settings []SettingReport `json:"settings"`
}

// SettingReport holds the results of one setting.
type SettingReport struct {
	Setting string             `json:"setting"`
	Results []Result           `json:"results"` // PyTorch, Braid, DDP, cluster, untuned, DDP and cluster in 16 bits
	Ratios  map[string]float64 `json:"ratios"`
}

func main() {
	rounds := flag.Int("rounds", 5, "rounds of all contestants")
	seconds := flag.Float64("seconds", 4, "seconds of training a contestant and round")
	shards := flag.Int("shards", 8, "shards of Braid's batches")
	python := flag.String("python", "/usr/bin/python3", "Python that has torch")
	snips := flag.String("snips", "examples/data/snips/train/seq.in",
		"utterances whose lengths are used; scripts/data/get.sh snips fetches them")
	bin := flag.String("bin", "", "directory with the three programs (default: build them)")
	only := flag.String("only", "", "only the settings whose name contains this")
	jsonFile := flag.String("json", "", "write the figures to this file too")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	settings := append(runner.Shapes(*shards),
		runner.Shape{Dim: 128, Hidden: 256, Batch: 64, Vocab: 10000, Lengths: *snips, Shards: *shards},
		runner.Shape{Dim: 100, Hidden: 200, Batch: 32, Tagger: filepath.Dir(*snips), Shards: *shards})
	work, err := os.MkdirTemp("", "braid-peer-")
	if err != nil {
		fail(err)
	}
	defer os.RemoveAll(work)
	programs, err := runner.Find(ctx, *bin, work)
	if err != nil {
		fail(err)
	}
	report := Report{Machine: runner.Machine(), Date: time.Now().UTC().Format(time.DateOnly)}
	fmt.Println(report.Machine)
	for _, s := range settings {
		if !strings.Contains(s.String(), *only) {
			continue
		}
		if s.Lengths != "" || s.Tagger != "" {
			if _, err := os.Stat(*snips); err != nil {
				fmt.Printf("\n%s: left out, %v\n", s.String(), err)
				continue
			}
		}
		r, err := race(ctx, s, programs, work, *python, *rounds, *seconds)
		if err != nil {
			fail(fmt.Errorf("%s: %w", s.String(), err))
		}
		report.Settings = append(report.Settings, r)
		show(r)
	}
	if err := runner.WriteJSON(*jsonFile, report); err != nil {
		fail(err)
	}
}

// writeJob writes a job in a new directory. It returns the job's path and the mean tokens per step.
func writeJob(work string, s runner.Shape) (job string, tokens float64, err error) {
	dir, err := os.MkdirTemp(work, "job-")
	if err != nil {
		return "", 0, err
	}
	job, length, err := runner.WriteJob(dir, s)
	return job, length * float64(s.Batch), err
}

// race prepares the contestants of a setting and runs them in turn.
func race(ctx context.Context, s runner.Shape, programs runner.Programs, work, python string,
	rounds int, seconds float64) (SettingReport, error) {
	job, tokens, err := writeJob(work, s)
	if err != nil {
		return SettingReport{}, err
	}
	single, err := bestTorch(ctx, work, python, s, 1, false)
	if err != nil {
		return SettingReport{}, err
	}
	contestants := []Contestant{single, &Braid{programs: programs, job: job, tokens: tokens}}
	if s.Lengths == "" && s.Tagger == "" {
		ddp, err := bestTorch(ctx, work, python, s, 2, false)
		if err != nil {
			return SettingReport{}, err
		}
		half, err := bestTorch(ctx, work, python, s, 2, true)
		if err != nil {
			return SettingReport{}, err
		}
		rounded := s
		rounded.Precision = "bf16"
		roundedJob, _, err := writeJob(work, rounded)
		if err != nil {
			return SettingReport{}, err
		}
		contestants = append(contestants,
			ddp, &Braid{programs: programs, job: job, tokens: tokens, workers: 2}, plainTorch(work, python, s),
			half, &Braid{programs: programs, job: roundedJob, tokens: tokens, workers: 2, bf16: true})
	}
	for _, c := range contestants { // warm up
		if _, err := c.Race(ctx, 1); err != nil {
			return SettingReport{}, fmt.Errorf("%s: %w", c.Name(), err)
		}
	}
	r := SettingReport{Setting: s.String(), Ratios: map[string]float64{}}
	for _, c := range contestants {
		r.Results = append(r.Results, Result{Name: c.Name(), Variant: c.Variant()})
	}
	for range rounds {
		for i, c := range contestants {
			speed, err := c.Race(ctx, seconds)
			if err != nil {
				return r, fmt.Errorf("%s: %w", c.Name(), err)
			}
			r.Results[i].Rounds = append(r.Results[i].Rounds, speed)
		}
	}
	for i := range r.Results {
		r.Results[i].Median = runner.Median(r.Results[i].Rounds)
	}
	r.Ratios[ratioLocal] = r.Results[1].Median / r.Results[0].Median
	if s.Lengths == "" && s.Tagger == "" {
		r.Ratios[ratioCluster] = r.Results[3].Median / r.Results[2].Median
		r.Ratios[ratioOwn] = r.Results[3].Median / r.Results[1].Median
		r.Ratios[ratioHalf] = r.Results[6].Median / max(r.Results[2].Median, r.Results[5].Median)
		r.Ratios[ratioOwnHalf] = r.Results[6].Median / r.Results[1].Median
		r.Ratios[ratioPlain] = r.Results[1].Median / r.Results[4].Median
	}
	return r, nil
}

// Names of the ratios of a setting.
const (
	ratioLocal   = "local / PyTorch"
	ratioCluster = "2 workers / DDP"
	ratioOwn     = "2 workers / local"
	ratioHalf    = "bf16 / better DDP"
	ratioOwnHalf = "bf16 / local"
	ratioPlain   = "local / untuned"
)

// show prints the table of one setting.
func show(r SettingReport) {
	fmt.Printf("\n%s\n%-30s %12s %12s %12s   %s\n", r.Setting, "", "median tok/s", "least", "most", "variant")
	for _, c := range r.Results {
		fmt.Printf("%-30s %12.0f %12.0f %12.0f   %s\n",
			c.Name, c.Median, slices.Min(c.Rounds), slices.Max(c.Rounds), c.Variant)
	}
	for _, name := range []string{ratioLocal, ratioCluster, ratioOwn, ratioHalf, ratioOwnHalf, ratioPlain} {
		if ratio, ok := r.Ratios[name]; ok {
			fmt.Printf("%-30s %12.2f\n", name, ratio)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "peer:", err)
	os.Exit(1)
}
