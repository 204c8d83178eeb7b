package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"braid/cmd/internal/batch"
	"braid/cmd/internal/pace"
	"braid/cmd/internal/term"
	"braid/coordinator"
	_ "braid/data/godoc" // the format godoc
	"braid/internal/plain"
	"braid/job"
	"braid/protocol"
	"braid/run"
	"braid/train"
	"braid/transport"

	"github.com/alecthomas/kong"
	"github.com/hashicorp/go-hclog"
)

type flags struct {
	Job      string   `help:"Job file." placeholder:"JOB.yaml"`
	Out      string   `help:"Run directory." placeholder:"DIR"`
	Nats     string   `help:"NATS server with JetStream: nats://host:4222; several with commas. User and password may be in it." placeholder:"URL" xor:"nats" required:""`
	Listen   string   `help:"Embed a NATS server with JetStream at this address instead: 127.0.0.1:4222, or :4222 for all interfaces." placeholder:"ADDR" xor:"nats" required:""`
	Set      []string `help:"Change a value of the job: training.epochs=3, tasks.0.weight=0.5. May be repeated." placeholder:"KEY=VALUE" sep:"none"`
	Resume   bool     `help:"Go on with this job: from the newest checkpoint in the run directory or in JetStream, from the start if there is none; nothing to do if another coordinator has finished it."`
	Threads  int      `help:"Goroutines of the optimiser; the result does not depend on it. Default: half of the processors, for the NATS server and the network have work at the same time." placeholder:"N"`
	Metrics  string   `help:"Serve figures for Prometheus at http://ADDR/metrics." placeholder:"ADDR"`
	Fleet    string   `help:"Name under which coordinator and workers meet; several fleets may share a server." default:"main" placeholder:"NAME"`
	Replicas int      `help:"Servers of a NATS cluster that keep each bucket. Default: 3 where there are so many, else 1." placeholder:"N"`
	Lease    float64  `help:"Seconds that leadership lasts without a renewal: after so long a standby takes over. Default: 3." placeholder:"SECONDS"`
	Wait     float64  `help:"Seconds to wait for a NATS server that does not answer, or whose JetStream is not ready." default:"5" placeholder:"SECONDS"`
	Log      string   `help:"Least level of what is logged: debug, info, warn or error." default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL"`
	LogJSON  bool     `name:"log-json" help:"Log lines of JSON."`

	Clean    bool `help:"Remove from the fleet's store what finished and abandoned jobs have left, and end. Copies of checkpoints of unfinished jobs stay." group:"Cleaning:"`
	CleanAll bool `name:"clean-all" help:"The same, with the copies of unfinished jobs." group:"Cleaning:"`

	Token string `help:"Token of the NATS server; with --listen the one that it asks workers for. Default with --listen on anything but loopback: one is drawn, kept in the user's configuration directory and printed." env:"BRAID_TOKEN" placeholder:"TOKEN" group:"Security:"`
	Creds string `help:"Credentials file for NATS." placeholder:"FILE" group:"Security:"`
	NKey  string `name:"nkey" help:"NKey seed file for NATS." placeholder:"FILE" group:"Security:"`
	CA    string `name:"tls-ca" help:"Certificates that the server's is checked with." placeholder:"FILE" group:"Security:"`
	Cert  string `name:"tls-cert" help:"Own certificate." placeholder:"FILE" group:"Security:"`
	Key   string `name:"tls-key" help:"Key of --tls-cert." placeholder:"FILE" group:"Security:"`
	Conf  string `name:"listen-conf" help:"Configuration file of nats-server for --listen, with users, keys and permissions; scripts/nats writes one." placeholder:"FILE" group:"Security:"`
	LCert string `name:"listen-tls-cert" help:"Certificate of the server of --listen: workers then use tls:// and --tls-ca." placeholder:"FILE" group:"Security:"`
	LKey  string `name:"listen-tls-key" help:"Key of --listen-tls-cert." placeholder:"FILE" group:"Security:"`
	Inbox string `help:"Prefix of reply subjects, where permissions ask for one." placeholder:"PREFIX" group:"Security:"`
}

const description = `Leads the training of one job: hands work to the workers of a NATS server, adds up what they
compute, updates the model, and writes the run directory.

On one machine, without a NATS server of your own:
  coordinator --job examples/godoc.yaml --out runs/godoc --listen 127.0.0.1:4222
  worker --nats nats://127.0.0.1:4222          (in other terminals, as many as you like)

With a NATS server (nats-server -js):
  coordinator --job JOB.yaml --out DIR --nats nats://host:4222

Workers may come, go and die at any time; the model is the same to the bit, and the same that
"braid train" gives. After a kill, start it again with --resume. A second coordinator with the
same --nats stands by, on any host and in a directory of its own, and takes over from the newest
checkpoint when the first one dies.

Exit codes: 0 the job is finished, 1 it failed, 2 wrong flags, 130 stopped by a signal; the run
directory can then be resumed.`

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

// A step's messages are garbage to the embedded server, whose many small objects are slow to
// look through: some steps' worth may wait.
var garbage = pace.Bound{Percent: 100, Bytes: 64 << 20}

func execute(ctx context.Context, args []string, out *os.File, errs io.Writer) int {
	var f flags
	exit := -1
	parser, err := kong.New(&f, kong.Name("coordinator"), kong.Description(description), kong.Writers(out, errs),
		kong.Exit(func(code int) { exit = code }), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}))
	if err != nil {
		return term.Fail(errs, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	if err := term.CheckArguments(args); err != nil {
		plain.Fprintf(errs, "coordinator: %v\n", err)
		return term.ExitUsage
	}
	_, err = parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		plain.Fprintf(errs, "coordinator: %v: see coordinator --help\n", err)
		return term.ExitUsage
	}
	if f.Clean || f.CleanAll {
		return term.Fail(errs, f.clean(ctx, out, errs))
	}
	if f.Job == "" || f.Out == "" {
		plain.Fprintf(errs, "coordinator: --job JOB.yaml and --out DIR are needed: see coordinator --help\n")
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
		// The log says what is waited for; once is enough.
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
		Job: j, Dir: f.Out, Listen: f.Listen, Guard: guard, Listening: func(port int) { screen.Print(f.workerCommand(port, guard)) }, Fleet: protocol.Fleet(f.Fleet), Replicas: f.Replicas, Lease: seconds(f.Lease), Resume: f.Resume, Threads: f.Threads, Metrics: f.Metrics,
		Nats:   f.nats(),
		Events: events, Status: screen.Status,
		Log: f.logger(wiper{screen, errs}),
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

func (f *flags) nats() transport.Config {
	return transport.Config{URL: f.Nats, Wait: seconds(f.Wait), Token: f.Token, Credentials: f.Creds,
		NKey: f.NKey, CA: f.CA, Cert: f.Cert, Key: f.Key, Inbox: f.Inbox}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func (f *flags) logger(w io.Writer) hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{Name: "coordinator", Level: hclog.LevelFromString(f.Log), Output: plain.Records(w), JSONFormat: f.LogJSON})
}

// explain adds how to resume to an interruption.
func (f *flags) explain(err error) error {
	var interrupted *train.Interrupted
	if !errors.As(err, &interrupted) {
		return err
	}
	return &term.Hint{Err: err, Hint: "to go on: the same command with --resume"}
}

func report(out *os.File, dir string, names []string, s *run.Summary) error {
	term.Summary(out, s, names)
	_, err := plain.Fprintf(out, "%s, %s tokens/s, %s, model_sha256 %s\nmodel in %s/%s\n",
		term.Counted(s.Steps, "step"), term.Count(uint64(s.TokensPerSecond)), term.Counted(uint64(s.Workers), "worker"), s.ModelSHA256, strings.TrimSuffix(dir, "/"), run.ModelDir)
	return err
}

// wiper keeps log lines and the moving line apart.
type wiper struct {
	screen *term.Screen
	w      io.Writer
}

func (w wiper) Write(b []byte) (int, error) {
	w.screen.Wipe()
	return w.w.Write(b)
}
