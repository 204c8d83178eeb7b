package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"braid/scripts/bench/internal/runner"
)

type options struct {
	before, after, only, json string
	rounds                    int
	seconds                   float64
}

func main() {
	var o options
	flag.StringVar(&o.before, "before", "", "directory with the three programs of the older build")
	flag.StringVar(&o.after, "after", "", "directory with the three programs of the newer build (default: build them)")
	flag.IntVar(&o.rounds, "rounds", 7, "rounds of both builds")
	flag.Float64Var(&o.seconds, "seconds", 3, "seconds of training a build, round and setting")
	flag.StringVar(&o.only, "only", "", "only the comparisons whose name contains this")
	flag.StringVar(&o.json, "json", "", "write the figures to this file too")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "builds:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.before == "" {
		return errors.New("--before DIR is missing: give the directory with the programs of the older build")
	}
	work, err := os.MkdirTemp("", "braid-builds-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	var builds [2]runner.Programs
	for i, dir := range []string{o.before, o.after} {
		if builds[i], err = runner.Find(ctx, dir, work); err != nil {
			return err
		}
	}
	fmt.Printf("%s\n\n%-36s %23s %23s %9s %9s   %s\n", runner.Machine(), "",
		"tokens/s before, after", "CPU ms/step", "speed", "CPU", "least to greatest ratio of speed")
	var comparisons []*comparison
	for _, shape := range runner.Shapes(8) {
		for _, workers := range []int{0, 1, 2} {
			c := &comparison{Setting: shape.String(), Workers: workers}
			if !strings.Contains(c.name(), o.only) {
				continue
			}
			if err := c.measure(ctx, builds, work, shape, o); err != nil {
				return fmt.Errorf("%s: %w", c.name(), err)
			}
			c.print()
			comparisons = append(comparisons, c)
		}
	}
	return runner.WriteJSON(o.json, comparisons)
}
