package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"braid/cmd/internal/term"

	"github.com/alecthomas/kong"
)

// commands lists the subcommands.
type commands struct {
	Train    trainCommand    `cmd:"" help:"Train the model of a job file."`
	Check    checkCommand    `cmd:"" help:"Check a job file and its data before training."`
	Predict  predictCommand  `cmd:"" help:"Predict labels and entities of texts."`
	Evaluate evaluateCommand `cmd:"" help:"Score a trained model on labelled data."`
	Select   selectCommand   `cmd:"" help:"Make another step of a finished run the model."`
	Compare  compareCommand  `cmd:"" help:"Compare training each task alone with training all together."`
	Tune     tuneCommand     `cmd:"" help:"Search better task weights and other values for a job."`
	Measures measuresCommand `cmd:"" help:"Show how the tasks' gradients agree in a run that measured them."`
	Why      whyCommand      `cmd:"" help:"Explain why a run waits or has stopped."`
	Replay   replayCommand   `cmd:"" help:"Recompute a step of a run and compare it with its record."`
	Diff     diffCommand     `cmd:"" help:"Find the first step, shard and tensor in which two runs differ."`
	Data     dataCommand     `cmd:"" help:"Make data sets."`
	Vectors  vectorsCommand  `cmd:"" help:"Train word vectors from plain text."`
	Bench    benchCommand    `cmd:"" help:"Time the training steps of a job on this machine."`
	Version  versionCommand  `cmd:"" help:"Print version, Go release and kernel form."`
}

// streams are the program's input and output.
type streams struct {
	in       io.Reader
	out      *os.File
	err      io.Writer
	terminal bool // in is a terminal
}

func main() { os.Exit(Main()) }

// Main runs the program and returns its exit code. The first Ctrl-C or SIGTERM requests a clean stop, the
// second kills the process.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return execute(ctx, os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr,
		terminal: term.IsTerminal(os.Stdin)})
}

func execute(ctx context.Context, args []string, s streams) int {
	var c commands
	program := term.Program{Name: "braid", Description: description, Help: help, Out: s.out, Errs: s.err,
		Usage: "braid --help lists the commands, braid COMMAND --help their flags"}
	k, code := program.Parse(&c, args, kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s))
	if k == nil {
		return code
	}
	return term.Fail(s.err, k.Run())
}
