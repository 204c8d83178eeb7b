package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
)

// setting is a name and values of the job.
type setting struct {
	name   string
	values []string
}

func main() {
	jobFile := flag.String("job", "examples/wnut17.yaml", "job file")
	seeds := flag.Int("seeds", 3, "train with the seeds from 1 to this number")
	settings := []setting{{name: "job unchanged"}}
	flag.Func("arm", "one more setting, 'NAME: KEY=VALUE KEY=VALUE'; may be repeated", func(text string) error {
		s, err := parseSetting(text)
		settings = append(settings, s)
		return err
	})
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *jobFile, *seeds, settings); err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(1)
	}
}

func parseSetting(text string) (setting, error) {
	name, values, ok := strings.Cut(text, ":")
	s := setting{strings.TrimSpace(name), strings.Fields(values)}
	if !ok || s.name == "" || len(s.values) == 0 {
		return s, errors.New("write 'NAME: KEY=VALUE'")
	}
	return s, nil
}

func run(ctx context.Context, jobFile string, seeds int, settings []setting) error {
	work, err := os.MkdirTemp("", "braid-accuracy-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	braid := filepath.Join(work, "braid")
	build := exec.CommandContext(ctx, "go", "build", "-o", braid, "./cmd/braid")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("go build ./cmd/braid (run from the project's root): %w", err)
	}
	t := newTable(settings)
	for seed := 1; seed <= seeds; seed++ {
		for i, s := range settings {
			out := filepath.Join(work, fmt.Sprintf("%d-%d", i, seed))
			summary, err := train(ctx, braid, jobFile, out, seed, s)
			if err != nil {
				return fmt.Errorf("%s, seed %d: %w", s.name, seed, err)
			}
			t.add(i, summary)
			fmt.Fprintf(os.Stderr, "%s, seed %d: %.0f s\n", s.name, seed, summary.Seconds)
		}
	}
	t.print(os.Stdout)
	return nil
}
