package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"braid/cmd/internal/batch"
	"braid/cmd/internal/pace"
	"braid/cmd/internal/term"
	"braid/internal/plain"
	"braid/protocol"
	"braid/transport"
	"braid/worker"

	"github.com/alecthomas/kong"
	"github.com/hashicorp/go-hclog"
)

type flags struct {
	Nats    string  `required:"" help:"NATS server: nats://host:4222; several with commas. User and password may be in it." placeholder:"URL"`
	Threads int     `help:"Processors to use; the result does not depend on it. Default: all." placeholder:"N"`
	Cache   string  `help:"Directory for what was fetched, by hash; none to keep nothing. Default: the user's cache directory." placeholder:"DIR"`
	Name    string  `help:"Name in the fleet, unique, part of NATS subjects. Default: drawn at random." placeholder:"NAME"`
	Fleet   string  `help:"Name under which coordinator and workers meet." default:"main" placeholder:"NAME"`
	Wait    float64 `help:"Seconds to wait for a NATS server that does not answer, or whose JetStream is not ready." default:"60" placeholder:"SECONDS"`
	Stay    bool    `help:"Wait for the next job when one is finished."`
	GiveUp  float64 `name:"give-up" help:"End with an error after so many seconds without a coordinator. Default: wait for ever." placeholder:"SECONDS"`
	Log     string  `help:"Least level of what is logged: debug, info, warn or error." default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL"`
	LogJSON bool    `name:"log-json" help:"Log lines of JSON."`

	Token string `help:"Token of the NATS server; a coordinator with --listen prints it." env:"BRAID_TOKEN" placeholder:"TOKEN" group:"Security:"`
	Creds string `help:"Credentials file for NATS." placeholder:"FILE" group:"Security:"`
	NKey  string `name:"nkey" help:"NKey seed file for NATS." placeholder:"FILE" group:"Security:"`
	CA    string `name:"tls-ca" help:"Certificates that the server's is checked with." placeholder:"FILE" group:"Security:"`
	Cert  string `name:"tls-cert" help:"Own certificate." placeholder:"FILE" group:"Security:"`
	Key   string `name:"tls-key" help:"Key of --tls-cert." placeholder:"FILE" group:"Security:"`
	Inbox string `help:"Prefix of reply subjects, where permissions ask for one." placeholder:"PREFIX" group:"Security:"`
}

const description = `Computes for the coordinator of a NATS server. It needs the server's URL and nothing else: job, data
and parameters come to it.

  worker --nats nats://127.0.0.1:4222

Start as many as you like, on as many machines as you like, before or after the coordinator and at
any time of a run. A worker that finds no coordinator waits for one and says so. The first Ctrl-C or
SIGTERM lets it finish what it owes and leave; nothing is lost if it is killed.

With --stay it takes one job after another. Exit codes: 0 the job is finished, or it was asked to stop; 1 it failed or was refused; 2 wrong flags.`

func main() {
	batch.Begin()
	os.Exit(Main())
}

// Main runs the program and returns its exit code.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process
	return execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// A worker's memory is what lives, and garbage. Most of what lives are numbers, which the
// collector need not read, so that it may come soon: each time costs a millisecond of one
// core at 45 MB. Of a small model a quarter would be a few steps' messages, and a fifth of
// the speed.
var garbage = pace.Bound{Percent: 25, Bytes: 8 << 20}

func execute(ctx context.Context, args []string, out, errs io.Writer) int {
	var f flags
	exit := -1
	parser, err := kong.New(&f, kong.Name("worker"), kong.Description(description), kong.Writers(out, errs),
		kong.Exit(func(code int) { exit = code }), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}))
	if err != nil {
		return term.Fail(errs, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	if err := term.CheckArguments(args); err != nil {
		plain.Fprintf(errs, "worker: %v\n", err)
		return term.ExitUsage
	}
	_, err = parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		plain.Fprintf(errs, "worker: %v: see worker --help\n", err)
		return term.ExitUsage
	}
	return term.Fail(errs, f.run(ctx, errs))
}

func (f *flags) run(ctx context.Context, errs io.Writer) error {
	if f.Threads > 0 && f.Threads < runtime.GOMAXPROCS(0) {
		// All of the program keeps to them: the processors that are left have other work,
		// often another worker, and goroutines that look for some there disturb it.
		runtime.GOMAXPROCS(f.Threads)
	}
	go garbage.Keep(ctx)
	err := worker.Run(ctx, worker.Config{
		Nats:  transport.Config{URL: f.Nats, Wait: time.Duration(f.Wait * float64(time.Second)), Token: f.Token, Credentials: f.Creds, NKey: f.NKey, CA: f.CA, Cert: f.Cert, Key: f.Key, Inbox: f.Inbox},
		Fleet: protocol.Fleet(f.Fleet), Stay: f.Stay, GiveUp: time.Duration(f.GiveUp * float64(time.Second)), Name: f.Name, Threads: f.Threads, Cache: f.cache(),
		Log: hclog.New(&hclog.LoggerOptions{Name: "worker", Level: hclog.LevelFromString(f.Log), Output: plain.Records(errs), JSONFormat: f.LogJSON}),
	})
	if ctx.Err() != nil && err == ctx.Err() {
		return nil // asked to stop while it waited for the server
	}
	return err
}

func (f *flags) cache() string {
	switch f.Cache {
	case "none":
		return ""
	case "":
		dir, err := os.UserCacheDir()
		if err != nil {
			return ""
		}
		return filepath.Join(dir, "braid")
	}
	return f.Cache
}
