package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"braid/internal/loopback"
)

// stage holds the directory, addresses and processes of one training.
type stage struct {
	options
	dir              string
	deadline         time.Time
	address, metrics string
	processes        []*process
}

func (s *stage) out() string { return filepath.Join(s.dir, "run") }

// overrides returns the flags common to all ways.
func (s *stage) overrides() (flags []string) {
	for _, o := range s.set {
		flags = append(flags, "--set", o)
	}
	if s.steps == 0 {
		return flags
	}
	every := strconv.Itoa(max(1, s.steps/3))
	return append(flags, "--set", "training.epochs=0", "--set", "training.steps="+strconv.Itoa(s.steps),
		"--set", "training.evaluate_every="+every, "--set", "cluster.checkpoint_every=20")
}

// process is a started program.
type process struct {
	name string
	cmd  *exec.Cmd
	log  string
	done chan struct{}
	err  error
}

// architecture is the processor that a program is compiled for.
type architecture string

const (
	native architecture = "native"
	arm64  architecture = "arm64"
)

// start starts a program, under qemu if it is for arm64.
func (s *stage) start(on architecture, program string, args ...string) (*process, error) {
	log := filepath.Join(s.dir, fmt.Sprintf("%d-%s.log", len(s.processes), program))
	p := &process{name: program, done: make(chan struct{}), log: log}
	f, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p.cmd = exec.Command(filepath.Join(s.bin, program), args...)
	if on == arm64 {
		p.cmd = exec.Command(s.qemu, append([]string{filepath.Join(s.armBin, program)}, args...)...)
	}
	p.cmd.Stdout, p.cmd.Stderr = f, f
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { defer close(p.done); p.err = p.cmd.Wait() }()
	s.processes = append(s.processes, p)
	return p, nil
}

// kill ends a process without warning, as a power failure would, and waits for its end.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

func (p *process) said(text string) bool {
	b, err := os.ReadFile(p.log)
	return err == nil && strings.Contains(string(b), text)
}

// lead starts a coordinator with a built-in server. Later calls use the same addresses.
func (s *stage) lead(on architecture, set string, more ...string) (*process, error) {
	if s.address == "" {
		var err error
		if s.address, err = loopback.FreeAddress(); err != nil {
			return nil, err
		}
		if s.metrics, err = loopback.FreeAddress(); err != nil {
			return nil, err
		}
	}
	args := []string{"--job", s.job, "--out", s.out(), "--listen", s.address, "--metrics", s.metrics, "--set", set}
	args = append(args, s.overrides()...)
	return s.start(on, "coordinator", append(args, more...)...)
}

func (s *stage) work(on architecture) (*process, error) {
	return s.start(on, "worker", "--nats", "nats://"+s.address, "--threads", "1",
		"--cache", filepath.Join(s.dir, "cache-"+string(on)))
}

// midway waits until the run has a checkpoint and more than 30 rounds. It fails if the run ends before.
func (s *stage) midway(lead *process) error {
	for time.Now().Before(s.deadline) {
		if found, _ := filepath.Glob(filepath.Join(s.out(), "checkpoints", "step-*")); len(found) > 0 && s.rounds() > 30 {
			return nil
		}
		select {
		case <-lead.done:
			return errors.New("the run ended before its middle: raise -steps")
		case <-time.After(5 * time.Millisecond):
		}
	}
	return errors.New("hangs before its middle")
}

// rounds returns the number of gradient and score rounds that the coordinator has begun.
func (s *stage) rounds() int {
	r, err := http.Get("http://" + s.metrics + "/metrics")
	if err != nil {
		return 0
	}
	defer r.Body.Close()
	for lines := bufio.NewScanner(r.Body); lines.Scan(); {
		if v, ok := strings.CutPrefix(lines.Text(), "braid_rounds_total "); ok {
			n, _ := strconv.ParseFloat(v, 64)
			return int(n)
		}
	}
	return 0
}

// finish waits until all processes have ended. It fails if one ends with an error or not in time.
func (s *stage) finish(all ...*process) error {
	timeout := time.NewTimer(time.Until(s.deadline))
	defer timeout.Stop()
	for _, p := range all {
		select {
		case <-p.done:
		case <-timeout.C:
			return fmt.Errorf("%s hangs: %s", p.name, p.last())
		}
		if p.err != nil {
			return fmt.Errorf("%s: %w: %s", p.name, p.err, p.last())
		}
	}
	return nil
}

// last returns the last line of a process's output.
func (p *process) last() string {
	b, _ := os.ReadFile(p.log)
	lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
	return string(lines[len(lines)-1])
}

// close ends all processes.
func (s *stage) close() {
	for _, p := range s.processes {
		p.kill()
	}
}
