package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "net:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: net up N RATE | down | test [--load] [--keep DIR] a|b|short")

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 3 && args[0] == "up":
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return fmt.Errorf("%q is not a number of hosts: %w", args[1], errUsage)
		}
		return up(n, args[2])
	case len(args) == 1 && args[0] == "down":
		return down()
	case len(args) == 3 && args[0] == "serve":
		return serve(ctx, args[1], args[2])
	case len(args) == 2 && args[0] == "get":
		return get(args[1])
	case len(args) >= 2 && args[0] == "test":
		return test(ctx, args[1:])
	}
	return errUsage
}

// test plays a scene. If the machine cannot create hosts, it fails, or with --skip prints the reason.
func test(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("test", flag.ContinueOnError)
	load := flags.Bool("load", false, "keep two cores busy during the test")
	keep := flags.String("keep", "", "directory in which to keep logs and runs")
	skip := flags.Bool("skip", false, "do not fail if this machine cannot create hosts")
	timeout := flags.Duration("timeout", 10*time.Minute, "longest time of the test")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s, ok := scenes[flags.Arg(0)]
	if !ok || flags.NArg() != 1 {
		return errUsage
	}
	if err := able(); err != nil {
		if *skip {
			fmt.Println("skipped:", err)
			return nil
		}
		return err
	}
	dir := *keep
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "braid-net-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	} else if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *timeout)
	defer cancel()
	return s.play(ctx, dir, *load)
}

// serve runs a NATS server with JetStream and default settings until ctx is done.
func serve(ctx context.Context, host, dir string) error {
	s, err := server.NewServer(&server.Options{Host: host, Port: 4222, JetStream: true, StoreDir: dir, NoSigs: true})
	if err != nil {
		return err
	}
	s.ConfigureLogger()
	s.Start()
	<-ctx.Done()
	s.Shutdown()
	s.WaitForShutdown()
	return nil
}
