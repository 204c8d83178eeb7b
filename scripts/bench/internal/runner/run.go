package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"braid/internal/loopback"
)

// Run holds the results and costs of one training.
type Run struct {
	TokensPerSecond float64 `json:"tokens_per_second"`
	Steps           int     `json:"steps"`
	Seconds         float64 `json:"seconds"`
	SHA256          string  `json:"model_sha256"`

	Steady float64 `json:"-"` // tokens per second without the first steps, measured like peer/train.py

	Coordinator float64 `json:"-"` // processor seconds of the leading process, its NATS server included
	Workers     float64 `json:"-"` // processor seconds of all workers together
	WorkerPeak  int64   `json:"-"` // peak resident memory of the largest worker, in bytes
}

// limit is the time after which a run is stopped.
const limit = 5 * time.Minute

// Local trains for the given number of steps in one process.
func (p Programs) Local(ctx context.Context, job string, steps, threads int) (Run, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	out, err := os.MkdirTemp(filepath.Dir(job), "run-")
	if err != nil {
		return Run{}, err
	}
	defer os.RemoveAll(out)
	cmd := exec.CommandContext(ctx, p.braid, "train", job, "--out", filepath.Join(out, "run"),
		"--workers", strconv.Itoa(threads), "--set", "training.steps="+strconv.Itoa(steps))
	if err := start(cmd)(); err != nil {
		return Run{}, err
	}
	r, err := read(filepath.Join(out, "run"))
	r.Coordinator = processor(cmd)
	return r, err
}

// Cluster trains for the given number of steps with a coordinator, its built-in NATS server and
// workers on loopback. through, if not nil, maps the server's address to the workers' address.
func (p Programs) Cluster(ctx context.Context, job string, steps, workers, threads int,
	through func(server string) string) (Run, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	out, err := os.MkdirTemp(filepath.Dir(job), "run-")
	if err != nil {
		return Run{}, err
	}
	defer os.RemoveAll(out)
	server, err := loopback.FreeAddress()
	if err != nil {
		return Run{}, err
	}
	lead := exec.CommandContext(ctx, p.coordinator, "--job", job, "--out", filepath.Join(out, "run"), "--listen", server,
		"--set", "training.steps="+strconv.Itoa(steps), "--set", "cluster.min_workers="+strconv.Itoa(workers))
	commands := []*exec.Cmd{lead}
	waits := []func() error{start(lead)}
	if err := listening(ctx, server); err != nil {
		cancel()
		if why := waits[0](); why != nil {
			err = why
		}
		return Run{}, err
	}
	address := server
	if through != nil {
		address = through(server)
	}
	for i := range workers {
		w := exec.CommandContext(ctx, p.worker, "--nats", "nats://"+address, "--threads", strconv.Itoa(threads))
		w.Env = append(os.Environ(), "XDG_CACHE_HOME="+filepath.Join(out, "cache"+strconv.Itoa(i)))
		commands, waits = append(commands, w), append(waits, start(w))
	}
	failed := make(chan error, len(waits))
	for _, wait := range waits {
		go func() { failed <- wait() }()
	}
	var first error
	for range waits {
		if err := <-failed; err != nil && first == nil {
			first = err
			cancel()
		}
	}
	if first != nil {
		return Run{}, first
	}
	r, err := read(filepath.Join(out, "run"))
	r.Coordinator = processor(lead)
	for _, w := range commands[1:] {
		r.Workers += processor(w)
		r.WorkerPeak = max(r.WorkerPeak, peak(w))
	}
	return r, err
}

// start starts a program and returns a function that waits for it. The function's error quotes
// the last line of standard error.
func start(cmd *exec.Cmd) func() error {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	name := filepath.Base(cmd.Path)
	if err := cmd.Start(); err != nil {
		return func() error { return fmt.Errorf("%s: %w", name, err) }
	}
	return func() error {
		if err := cmd.Wait(); err != nil {
			lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
			return fmt.Errorf("%s: %w: %s", name, err, lines[len(lines)-1])
		}
		return nil
	}
}

// processor returns the user and system time of an ended program, in seconds.
func processor(cmd *exec.Cmd) float64 {
	return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
}

// peak returns the peak resident memory of an ended program, in bytes.
func peak(cmd *exec.Cmd) int64 {
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss << 10 // Linux counts in KiB
}

// WorkerBase returns the peak resident memory of a worker that only prints its help: the runtime
// and the pages of the program.
func (p Programs) WorkerBase(ctx context.Context) (int64, error) {
	cmd := exec.CommandContext(ctx, p.worker, "--help")
	if err := cmd.Run(); err != nil {
		return 0, err
	}
	return peak(cmd), nil
}

// read reads the summary and the steps of a run.
func read(dir string) (Run, error) {
	var r Run
	b, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err == nil {
		r.Steady, err = steady(filepath.Join(dir, "metrics.jsonl"))
	}
	return r, err
}

// firstSteps is the number of steps that steady leaves out: workers fetch the data during the first.
const firstSteps = 8

// steady returns the tokens per second of the steps after the first firstSteps.
func steady(file string) (tokensPerSecond float64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var tokens, seconds float64
	for d := json.NewDecoder(f); ; {
		var line struct {
			Kind    string  `json:"kind"`
			Step    int     `json:"step"`
			Tokens  float64 `json:"tokens"`
			Seconds float64 `json:"seconds"`
		}
		switch err := d.Decode(&line); {
		case err == io.EOF:
			return tokens / seconds, nil
		case err != nil:
			return 0, fmt.Errorf("%s: %w", file, err)
		case line.Kind == "step" && line.Step > firstSteps:
			tokens, seconds = tokens+line.Tokens, seconds+line.Seconds
		}
	}
}

// listening waits until a server accepts connections at an address.
func listening(ctx context.Context, address string) error {
	for begin := time.Now(); time.Since(begin) < 20*time.Second && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			return c.Close()
		}
	}
	return fmt.Errorf("no server listens at %s", address)
}

// Machine describes the processor, its cores and the Go version.
func Machine() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	name := runtime.GOARCH
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "model name"); ok {
			name = strings.TrimSpace(strings.TrimLeft(value, "\t :"))
			break
		}
	}
	return fmt.Sprintf("%s, %d cores, %s", name, runtime.NumCPU(), runtime.Version())
}
