package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"braid/cmd/internal/gcbound"
	"braid/cmd/internal/schedbatch"
	"braid/cmd/internal/term"
	"braid/coordinator"
	_ "braid/data/godoc" // the format godoc
	"braid/internal/plain"
	"braid/job"
	"braid/protocol"
	"braid/run"
	"braid/train"
)

func main() {
	schedbatch.Begin()
	os.Exit(Main())
}

// Main runs the program and returns its exit code.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal kills the process
	return execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// The embedded NATS server turns the messages of each step into garbage, and its many small objects make a
// collection slow. The bound lets the garbage of several steps accumulate.
var garbage = gcbound.Bound{Percent: 100, Bytes: 64 << 20}

func execute(ctx context.Context, args []string, out *os.File, errs io.Writer) int {
	var f flags
	program := term.Program{Name: "coordinator", Description: description, Help: help, Usage: "see coordinator --help",
		Out: out, Errs: errs}
	if k, code := program.Parse(&f, args); k == nil {
		return code
	}
	if f.Clean || f.CleanAll {
		return term.Fail(errs, f.clean(ctx, out, errs))
	}
	if f.Study != "" && f.Job == "" && f.Out == "" {
		return term.Fail(errs, f.study(ctx, out, errs))
	}
	if f.Study != "" || f.Job == "" || f.Out == "" {
		plain.Fprintf(errs, "coordinator: --job JOB.yaml and --out DIR, or --study DIR alone, are required: see "+
			"coordinator --help\n")
		return term.ExitUsage
	}
	return term.Fail(errs, f.run(ctx, out, errs))
}

func (f *flags) run(ctx context.Context, out *os.File, errs io.Writer) error {
	j, err := job.Load(f.Job, f.Set...)
	if err != nil {
		return err
	}
	names := make([]string, len(j.Tasks))
	for i, t := range j.Tasks {
		names[i] = t.Name
	}
	screen := term.NewScreen(out, names)
	defer screen.Wipe()
	events := screen.Event
	if !screen.Moving() {
		// The log already names the cause of a wait.
		events = func(e train.Event) {
			if _, waiting := e.(train.Waiting); !waiting {
				screen.Event(e)
			}
		}
	}
	guard, err := f.guard()
	if err != nil {
		return err
	}
	go garbage.Keep(ctx)
	summary, err := coordinator.Run(ctx, coordinator.Config{
		Job: j, Dir: f.Out, Resume: f.Resume, Threads: f.Threads, Metrics: f.Metrics,
		Nats: f.nats(), Fleet: protocol.FleetName(f.Fleet), Replicas: f.Replicas, Lease: seconds(f.Lease),
		Listen: f.Listen, Guard: guard, Listening: func(port int) { screen.Print(f.workerCommand(port, guard)) },
		Events: events, Status: screen.Status, Log: f.logger(wiper{screen, errs}),
	})
	screen.Wipe()
	var elsewhere *coordinator.Elsewhere
	if errors.As(err, &elsewhere) {
		_, err := plain.Fprintln(out, elsewhere)
		return err
	}
	if err != nil {
		return f.explain(err)
	}
	return report(out, f.Out, names, summary)
}

// explain adds the command for resuming to the error of an interruption.
func (f *flags) explain(err error) error {
	var interrupted *train.Interrupted
	if !errors.As(err, &interrupted) {
		return err
	}
	return &term.Hint{Err: err, Hint: "to resume: the same command with --resume"}
}

func report(out *os.File, dir string, names []string, s *run.Summary) error {
	term.Summary(out, s, names)
	_, err := plain.Fprintf(out, "%s, %s tokens/s, %s, model_sha256 %s\nmodel in %s/%s\n",
		term.Counted(s.Steps, "step"), term.Count(uint64(s.TokensPerSecond)), term.Counted(uint64(s.Workers), "worker"),
		s.ModelSHA256,
		strings.TrimSuffix(dir, "/"), run.ModelDir)
	return err
}

// wiper removes the progress line before it writes a log line.
type wiper struct {
	screen *term.Screen
	w      io.Writer
}

func (w wiper) Write(b []byte) (int, error) {
	w.screen.Wipe()
	return w.w.Write(b)
}
