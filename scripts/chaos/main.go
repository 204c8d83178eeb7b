// Command chaos trains small jobs on clusters of real processes while it kills, freezes and
// disconnects them, corrupts their data and floods them.
//
//	go run ./scripts/chaos --rounds 30 --seed 1 [--json FILE]  rounds with several faults each
//	go run ./scripts/chaos --short --conflict upgrad           the same with gradients of tasks kept apart
//	go run ./scripts/chaos --single 20 [--json FILE]           one fault at a time: recovery times
//	go run ./scripts/chaos --neighbours [--json FILE]          speed of a fleet with bad workers and floods
//	go run ./scripts/chaos --workers 64 [--json FILE]          many workers: memory of the coordinator
//
// Rounds alternate between a job of precision f32 and one of bf16; every third round has a
// cluster of three NATS servers. Each round is compared with an oracle, `braid train` on the
// same job: the model_sha256, and the examples and results of every step. If a round differs
// or makes no progress for longer than its bound, the command fails and prints the directory
// with the round's logs. Equal seeds give equal schedules.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

type options struct {
	rounds  int
	single  int
	workers int
	seed    uint64
	steps   int
	limit   time.Duration
	bound   time.Duration
	only    string

	conflict string
	json     string
	keep     bool

	neighbours bool
}

// wants reports whether --only selects a kind of fault or neighbour.
func (o options) wants(kind string) bool { return strings.Contains(kind, o.only) }

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 30, "number of rounds, each with its own cluster and schedule")
	flag.IntVar(&o.single, "single", 0, "instead: inject each kind of single fault this number of times")
	flag.IntVar(&o.workers, "workers", 0, "instead: train with this number of workers and no fault")
	flag.BoolVar(&o.neighbours, "neighbours", false,
		"instead: measure the fleet's speed with each kind of bad neighbour")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the schedules")
	flag.IntVar(&o.steps, "steps", 2000, "steps of the job: enough for the two seconds in which faults begin")
	flag.DurationVar(&o.limit, "limit", 90*time.Second, "a round that takes longer counts as a hang")
	flag.DurationVar(&o.bound, "bound", 15*time.Second, "longest time without a step while no fault is active")
	short := flag.Bool("short", false, "six rounds")
	flag.StringVar(&o.only, "only", "", "inject only faults whose name contains this: clock, kill, NATS")
	flag.StringVar(&o.conflict, "conflict", "",
		"rounds: a joint job with measurements whose conflicts this method solves, as upgrad")
	flag.StringVar(&o.json, "json", "", "write the figures to this file")
	flag.BoolVar(&o.keep, "keep", false, "keep the directories of passed rounds too")
	flag.Parse()
	if *short {
		o.rounds = 6
	}
	if !slices.ContainsFunc(names(o), o.wants) {
		fmt.Fprintf(os.Stderr, "chaos: no fault has %q in its name\n", o.only)
		os.Exit(2)
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// names returns the names of all faults, trials or neighbours of the selected mode.
func names(o options) (names []string) {
	switch {
	case o.single > 0:
		for _, t := range trials {
			names = append(names, t.kind)
		}
	case o.neighbours:
		for _, n := range neighbours {
			names = append(names, n.kind)
		}
	default:
		for _, kind := range kinds() {
			names = append(names, kind(rand.New(rand.NewPCG(1, 1))).kind)
		}
	}
	return names
}

func run(o options) error {
	dir, err := os.MkdirTemp("", "braid-chaos-")
	if err != nil {
		return err
	}
	b, err := buildAll(dir)
	if err != nil {
		return err
	}
	switch {
	case o.single > 0:
		err = playSingles(o, b)
	case o.neighbours:
		err = playNeighbours(o, b)
	case o.workers > 0:
		err = playMany(o, b)
	default:
		err = playRounds(o, b)
	}
	if err != nil {
		return fmt.Errorf("%w; logs under %s", err, dir)
	}
	if o.keep {
		fmt.Println("kept:", dir)
		return nil
	}
	return os.RemoveAll(dir)
}

// built holds the paths of the compiled programs.
type built struct {
	dir, bin string
	clocks   bool // the programs' clocks can be stepped
}

func buildAll(dir string) (built, error) {
	b := built{dir: dir, bin: filepath.Join(dir, "bin")}
	args := []string{"build", "-o", b.bin + "/"}
	file, err := overlay(dir)
	if err != nil {
		fmt.Println("no clock steps:", err)
	} else {
		b.clocks = true
		args = append(args, "-overlay", file)
	}
	build := exec.Command("go", append(args, "./cmd/...", "github.com/nats-io/nats-server/v2")...)
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return b, fmt.Errorf("building (run from the project's root): %w", err)
	}
	if b.clocks {
		return b, checkClocks(b)
	}
	return b, nil
}

// writeJSON writes a report as JSON to file, if file is not "".
func writeJSON(file string, report any) error {
	if file == "" {
		return nil
	}
	b, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(b, '\n'), 0o644)
}
