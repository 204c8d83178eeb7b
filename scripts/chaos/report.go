package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// report summarises all rounds.
type report struct {
	Seed    uint64            `json:"seed"`
	Rounds  int               `json:"rounds"`
	Equal   int               `json:"equal"`
	Hangs   int               `json:"hangs"`
	Seconds float64           `json:"seconds"`
	Wait    float64           `json:"longest_wait_seconds"`
	Missed  int               `json:"faults_missed"`
	Kinds   []kindReport      `json:"kinds"`
	Totals  map[string]uint64 `json:"counters"`
	Each    []round           `json:"each"`
}

type kindReport struct {
	Kind     string `json:"kind"`
	Injected int    `json:"injected"`
	spread
}

// spread summarises a set of times, in seconds.
type spread struct {
	Median float64 `json:"median_seconds"`
	P99    float64 `json:"p99_seconds"`
	Worst  float64 `json:"worst_seconds"`
}

func spreadOf(seconds []float64) spread {
	if len(seconds) == 0 {
		return spread{}
	}
	s := slices.Sorted(slices.Values(seconds))
	return spread{s[len(s)/2], s[min(len(s)-1, len(s)*99/100)], s[len(s)-1]}
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
		s.Wait = max(s.Wait, r.Wait)
		s.Missed += r.Missed
		for _, f := range r.Faults {
			gaps[f.Kind] = append(gaps[f.Kind], f.Recover)
		}
		for k, v := range r.Counters {
			s.Totals[k] += v
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(gaps)) {
		s.Kinds = append(s.Kinds, kindReport{kind, len(gaps[kind]), spreadOf(gaps[kind])})
	}
	return s
}

func (s report) print(f *os.File) {
	w := tabwriter.NewWriter(f, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "fault\tinjected\trecovery median s\t99th percentile s\tworst s")
	all := 0
	for _, k := range s.Kinds {
		all += k.Injected
		fmt.Fprintf(w, "%s\t%d\t%.2f\t%.2f\t%.2f\n", k.Kind, k.Injected, k.Median, k.P99, k.Worst)
	}
	fmt.Fprintf(w, "all\t%d\t\t\t\nnothing to hit\t%d\t\t\t\n\n", all, s.Missed)
	for _, name := range slices.Sorted(maps.Keys(s.Totals)) {
		if !strings.HasSuffix(name, "bytes") {
			fmt.Fprintf(w, "%s\t%d\n", name, s.Totals[name])
		}
	}
	w.Flush()
	fmt.Fprintf(f, "seed %d: %d of %d rounds with equal hashes and steps, %d hangs, "+
		"longest wait without a fault %.1f s, %.0f s\n",
		s.Seed, s.Equal, s.Rounds, s.Hangs, s.Wait, s.Seconds)
}
