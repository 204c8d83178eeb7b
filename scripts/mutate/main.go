package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

func main() {
	n := flag.Int("n", 100, "mutants of each package; 0: all")
	seed := flag.Uint64("seed", 1, "decides which mutants are tried")
	most := flag.Duration("for", 14*time.Minute, "time for all packages")
	only := flag.String("only", "", "try the mutants alone whose line in the output contains this text")
	least := flag.Float64("min", 0.95, "share of the mutants that tests must kill")
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), *most)
	defer cancel()
	ok, err := run(ctx, flag.Args(), options{*n, *seed, *only, *least})
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// options say which mutants are tried, and how many of them tests must kill.
type options struct {
	n     int // of each package; 0: all
	seed  uint64
	only  string // text that a mutant's name contains
	least float64
}

// run tries mutants of every package, and reports whether tests kill enough of them.
func run(ctx context.Context, patterns []string, opt options) (bool, error) {
	packages, err := list(patterns)
	if err != nil {
		return false, err
	}
	known, err := parseEquivalent(equivalentList)
	if err != nil {
		return false, err
	}
	ok := true
	for _, p := range packages {
		t, err := tryPackage(ctx, p, known, opt)
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return false, err
		}
		fmt.Printf("%s: %s\n", p.room(), t)
		if err != nil {
			fmt.Println("time is over: raise -for, or try fewer packages")
			return false, nil
		}
		ok = ok && t.share() >= opt.least
	}
	return ok, nil
}

// tally counts the mutants of a package.
type tally struct{ tried, killed, late, invalid, equivalent int }

// share is the part of the tried mutants that tests kill.
func (t tally) share() float64 {
	if t.tried == 0 {
		return 1
	}
	return float64(t.killed+t.late) / float64(t.tried)
}

func (t tally) String() string {
	return fmt.Sprintf("%d mutants, %d killed (%.1f %%), %d of them by the time limit, %d survive; "+
		"not counted: %d equivalent, %d that do not compile",
		t.tried, t.killed+t.late, 100*t.share(), t.late, t.tried-t.killed-t.late, t.equivalent, t.invalid)
}

// tryPackage tries mutants of a package and prints the survivors.
func tryPackage(ctx context.Context, p *pkg, known map[equivalent]string, opt options) (t tally, err error) {
	mutants, texts, err := p.mutants(opt.seed)
	if err != nil {
		return t, err
	}
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return t, err
	}
	defer os.RemoveAll(dir)
	b, err := newBench(ctx, p, dir)
	if err != nil {
		return t, err
	}
	for _, m := range mutants {
		if opt.n > 0 && t.tried == opt.n {
			break
		}
		if !strings.Contains(p.key(m).String(), opt.only) {
			continue
		}
		if known[p.key(m)] != "" {
			t.equivalent++
			continue
		}
		o, err := b.try(ctx, m, m.apply(texts[m.file]))
		if err != nil {
			return t, err
		}
		t.count(o)
		if o == survived {
			fmt.Printf("survivor, line %d: %s\n", m.line, p.key(m))
		}
	}
	return t, nil
}

func (t *tally) count(o outcome) {
	switch o {
	case invalid:
		t.invalid++
		return
	case killed:
		t.killed++
	case timedOut:
		t.late++
	}
	t.tried++
}
