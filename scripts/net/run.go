package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// play trains a scene's job in one process and on hosts, and returns all violated expectations.
func (s scene) play(ctx context.Context, dir string, load bool) error {
	if err := build(ctx, dir); err != nil {
		return err
	}
	for _, old := range []string{"local", "cluster", "jetstream"} {
		if err := os.RemoveAll(filepath.Join(dir, old)); err != nil {
			return err
		}
	}
	job, err := s.writeJob(dir)
	if err != nil {
		return err
	}
	bin := func(name string) string { return filepath.Join(dir, "bin", name) }
	begin := time.Now()
	local := exec.CommandContext(ctx, bin("braid"), "train", job, "--out", filepath.Join(dir, "local"))
	if out, err := local.CombinedOutput(); err != nil {
		return fmt.Errorf("braid train: %w: %s", err, last(out))
	}
	want, err := model(filepath.Join(dir, "local"))
	if err != nil {
		return err
	}
	fmt.Printf("one process: model_sha256 %.12s, %.1f s\n", want, time.Since(begin).Seconds())
	if err := up(s.hosts, s.rate); err != nil {
		return err
	}
	defer func() { _ = down() }()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if load {
		for range 2 {
			spin := exec.CommandContext(ctx, "sh", "-c", "while :; do :; done")
			if err := spin.Start(); err != nil {
				return err
			}
			defer func() { stop(); _ = spin.Wait() }()
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	url := "nats://" + address(s.nats) + ":4222"
	server, err := s.on(ctx, dir, "nats", s.nats,
		self, "serve", address(s.nats), filepath.Join(dir, "jetstream"))
	if err != nil {
		return err
	}
	defer server.end()
	out := filepath.Join(dir, "cluster")
	coordinator, err := s.on(ctx, dir, "coordinator", 1,
		bin("coordinator"), "--job", job, "--out", out, "--nats", url, "--wait", "20", "--metrics", "127.0.0.1:9100")
	if err != nil {
		return err
	}
	defer coordinator.end()
	var workers []*process
	for i, h := range s.workers {
		w, err := s.on(ctx, dir, fmt.Sprint("worker", i+1), h,
			bin("worker"), "--nats", url, "--wait", "20", "--cache", "none")
		if err != nil {
			return err
		}
		defer w.end()
		workers = append(workers, w)
	}
	figures := s.watch(ctx, coordinator, self)
	if err := coordinator.wait(); err != nil {
		return err
	}
	for _, w := range workers {
		_ = w.wait()
	}
	return s.judge(out, want, coordinator, server, figures)
}

// judge compares the results, logs and metrics with the expectations.
func (s scene) judge(out, want string, coordinator, server *process, figures map[string]float64) error {
	got, err := model(out)
	if err != nil {
		return err
	}
	var wrong []error
	need := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}
	text, servers := coordinator.text(), server.text()
	silent := strings.Count(text, "is silent")
	terms, slow := strings.Count(text, "standing by again"), strings.Count(servers, "Slow Consumer")
	took, steps := duration(out)
	moved, lagged := figures["braid_units_moved_total"], figures["braid_workers_lagged_total"]
	fmt.Printf("%d hosts of %s: model_sha256 %.12s, %d steps in %.1f s; "+
		"terms %d, slow consumers %d, declared silent %d, shards moved %.0f, lagged %.0f\n",
		s.hosts, s.rate, got, steps, took, terms+1, slow, silent, moved, lagged)
	need(got == want, "the models differ: %s, in one process %s", got, want)
	need(terms == 0, "the lease was lost %d times", terms)
	need(slow == 0, "the NATS server disconnected %d slow consumers", slow)
	need(silent == 0, "a worker was declared silent %d times", silent)
	need(moved == 0, "%.0f shards were moved to another worker", moved)
	need(took <= float64(s.limit), "%d steps took %.1f s, limit %d s", steps, took, s.limit)
	return errors.Join(wrong...)
}

// watch reads the coordinator's metrics until the coordinator ends. It returns the last values.
func (s scene) watch(ctx context.Context, c *process, self string) map[string]float64 {
	figures := map[string]float64{}
	line := regexp.MustCompile(`(?m)^(braid_\w+) (\S+)$`)
	for {
		select {
		case <-c.done:
			return figures
		case <-ctx.Done():
			return figures
		case <-time.After(500 * time.Millisecond):
		}
		const page = "http://127.0.0.1:9100/metrics"
		out, err := exec.CommandContext(ctx, "ip", "netns", "exec", host(1), self, "get", page).Output()
		if err != nil {
			continue
		}
		for _, m := range line.FindAllStringSubmatch(string(out), -1) {
			figures[m[1]], _ = strconv.ParseFloat(m[2], 64)
		}
	}
}

// get prints a page; it runs inside a host.
func get(url string) error {
	r, err := (&http.Client{Timeout: 2 * time.Second}).Get(url)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	_, err = io.Copy(os.Stdout, r.Body)
	return err
}

func build(ctx context.Context, dir string) error {
	compile := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(dir, "bin")+"/", "./cmd/...")
	if out, err := compile.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, last(out))
	}
	return nil
}

// summary holds the fields of summary.json that the tests use.
type summary struct {
	Model   string  `json:"model_sha256"`
	Steps   int     `json:"steps"`
	Seconds float64 `json:"seconds"`
}

func read(run string) (s summary, err error) {
	b, err := os.ReadFile(filepath.Join(run, "summary.json"))
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	return s, err
}

func model(run string) (string, error) { s, err := read(run); return s.Model, err }

func duration(run string) (seconds float64, steps int) {
	s, _ := read(run)
	return s.Seconds, s.Steps
}

// process is a program that runs on a host and writes to a log.
type process struct {
	name string
	cmd  *exec.Cmd
	log  string
	done chan struct{}
	err  error
}

// on starts a program on a host.
func (s scene) on(ctx context.Context, dir, name string, n int, program string, args ...string) (*process, error) {
	p := &process{name: name, log: filepath.Join(dir, name+".log"), done: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p.cmd = exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", host(n), program}, args...)...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = 5 * time.Second
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	go func() { p.err = p.cmd.Wait(); close(p.done) }()
	return p, nil
}

func (p *process) wait() error {
	<-p.done
	if p.err != nil {
		return fmt.Errorf("%s: %w: %s", p.name, p.err, last([]byte(p.text())))
	}
	return nil
}

// end stops the program if it still runs.
func (p *process) end() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(5 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

func (p *process) text() string {
	b, _ := os.ReadFile(p.log)
	return string(b)
}

func last(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}
