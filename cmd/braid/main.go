package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"braid/cmd/internal/term"
	"braid/internal/plain"

	"github.com/alecthomas/kong"
)

// commands is the table of subcommands.
type commands struct {
	Train    trainCommand    `cmd:"" help:"Train the model that a job file describes."`
	Check    checkCommand    `cmd:"" help:"Check a job file and its data before any training."`
	Predict  predictCommand  `cmd:"" help:"Ask a trained model about texts."`
	Evaluate evaluateCommand `cmd:"" help:"Score a trained model on labelled data."`
	Why      whyCommand      `cmd:"" help:"Say what a run is waiting for, or what stopped it."`
	Replay   replayCommand   `cmd:"" help:"Take a step of a run again and compare it with what was recorded."`
	Diff     diffCommand     `cmd:"" help:"Find the first step, shard and tensor where two runs differ."`
	Data     dataCommand     `cmd:"" help:"Make data sets."`
	Bench    benchCommand    `cmd:"" help:"Time a job's training steps on this machine."`
	Version  versionCommand  `cmd:"" help:"Print version, Go release and kernel form."`
}

const description = `Braid trains one model on many text tasks at once: a shared encoder, a head per task.

First run, nothing to download (examples/godoc.yaml is in the repository):
  braid train examples/godoc.yaml
  braid predict runs/godoc/model "Reader wraps an io.Reader and calls Read."

The same model, trained by a cluster: see coordinator --help and worker --help.`

// streams are the program's input and output.
type streams struct {
	in       io.Reader
	out      *os.File
	err      io.Writer
	terminal bool // in is a terminal
}

func main() { os.Exit(Main()) }

// Main runs the program and returns its exit code. The first Ctrl-C or SIGTERM asks for a
// clean stop, the second ends the process.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return execute(ctx, os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, terminal: term.IsTerminal(os.Stdin)})
}

func execute(ctx context.Context, args []string, s streams) int {
	var c commands
	exit := -1
	parser, err := kong.New(&c, kong.Name("braid"), kong.Description(description),
		kong.Writers(s.out, s.err), kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s))
	if err != nil {
		return term.Fail(s.err, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	if err := term.CheckArguments(args); err != nil {
		plain.Fprintf(s.err, "braid: %v\n", err)
		return term.ExitUsage
	}
	k, err := parser.Parse(args)
	if exit >= 0 { // --help has been printed
		return exit
	}
	if err != nil {
		plain.Fprintf(s.err, "braid: %v (braid --help shows the commands, braid COMMAND --help their flags)\n", err)
		return term.ExitUsage
	}
	return term.Fail(s.err, k.Run())
}
