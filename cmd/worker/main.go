package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"braid/cmd/internal/gcbound"
	"braid/cmd/internal/schedbatch"
	"braid/cmd/internal/term"
	"braid/worker"
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

// Most of a worker's live heap are numbers, which the garbage collector need not scan: a collection costs
// 1 ms of one core at 45 MB, so a low percentage saves memory at little cost. For a small model 25 percent
// would be the messages of a few steps and would cost a fifth of the speed, hence the bound in bytes.
var garbage = gcbound.Bound{Percent: 25, Bytes: 8 << 20}

func execute(ctx context.Context, args []string, out, errs io.Writer) int {
	var f flags
	program := term.Program{Name: "worker", Description: description, Help: help, Usage: "see worker --help", Out: out,
		Errs: errs}
	if k, code := program.Parse(&f, args); k == nil {
		return code
	}
	return term.Fail(errs, f.run(ctx, errs))
}

func (f *flags) run(ctx context.Context, errs io.Writer) error {
	if f.Threads > 0 && f.Threads < runtime.GOMAXPROCS(0) {
		// Limit the whole program, not only the computation: goroutines that spin on the other processors
		// would disturb their work, often another worker's.
		runtime.GOMAXPROCS(f.Threads)
	}
	go garbage.Keep(ctx)
	work := worker.Run
	if f.Study {
		work = worker.Study
	}
	err := work(ctx, f.config(errs))
	if ctx.Err() != nil && err == ctx.Err() {
		return nil // stopped while it waited for the server
	}
	return err
}
