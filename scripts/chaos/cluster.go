package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"braid/internal/loopback"
)

// process is one program of the cluster. start may be called again after the program has ended.
type process struct {
	name  string
	path  string
	args  []string
	log   string
	proxy *proxy // nil: a direct connection, or a server
	clock string // file of the clock's offset; "": the clock cannot be stepped

	mu      sync.Mutex
	cmd     *exec.Cmd
	ended   chan struct{}
	exit    error
	stopped bool // by SIGSTOP
}

func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	cmd := exec.Command(p.path, p.args...)
	cmd.Stdout, cmd.Stderr = f, f
	if p.clock != "" {
		cmd.Env = append(os.Environ(), clockVariable+"="+p.clock)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	ended := make(chan struct{})
	p.cmd, p.ended, p.stopped = cmd, ended, false
	go func() {
		err := cmd.Wait()
		p.mu.Lock()
		if p.cmd == cmd {
			p.exit = err
		}
		p.mu.Unlock()
		close(ended)
	}()
	return nil
}

func (p *process) running() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return false
	}
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// succeeded reports whether the process has ended with exit code 0.
func (p *process) succeeded() bool {
	if p.running() {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd != nil && p.exit == nil
}

// signal sends s and reports whether the process was running.
func (p *process) signal(s syscall.Signal) bool {
	if !p.running() {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = s == syscall.SIGSTOP || (p.stopped && s != syscall.SIGCONT)
	return p.cmd.Process.Signal(s) == nil
}

// kill ends the process and waits for its end. It reports whether the process was running.
func (p *process) kill() bool {
	if !p.signal(syscall.SIGKILL) {
		return false
	}
	<-p.ended
	return true
}

// setup is the configuration of a cluster.
type setup struct {
	bin, dir, job string
	seed          uint64
	clocks        bool // clocks can be stepped
	direct        bool // no proxies
	size          int  // number of workers
	shared        bool // coordinators share a run directory
	alone         bool // one coordinator
	three         bool // three NATS servers instead of one
}

// cluster is one or three NATS servers, coordinators and workers. Each coordinator and worker has
// its own proxy unless the setup is direct.
type cluster struct {
	setup
	servers      []*server
	coordinators []*process
	workers      []*process
	metrics      []string // addresses of the coordinators' metrics
}

const (
	coordinatorCount = 2
	workerCount      = 4
)

func startCluster(s setup) (*cluster, error) {
	c := &cluster{setup: s}
	if err := c.start(); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *cluster) start() error {
	if err := c.startServers(); err != nil {
		return err
	}
	coordinators := coordinatorCount
	if c.alone {
		coordinators = 1
	}
	for i := range coordinators {
		port, err := loopback.FreePort()
		if err != nil {
			return err
		}
		c.metrics = append(c.metrics, fmt.Sprintf("127.0.0.1:%d", port))
		args := []string{"--job", c.job, "--out", c.out(i), "--resume", "--metrics", c.metrics[i]}
		p, err := c.member(fmt.Sprintf("c%d", i), "coordinator", args)
		if err != nil {
			return err
		}
		c.coordinators = append(c.coordinators, p)
		if err := p.start(); err != nil {
			return err
		}
	}
	for i := range c.size {
		name := fmt.Sprintf("w%d", i)
		p, err := c.member(name, "worker",
			[]string{"--name", name, "--threads", "1", "--cache", filepath.Join(c.dir, "cache"+name)})
		if err != nil {
			return err
		}
		c.workers = append(c.workers, p)
		if err := p.start(); err != nil {
			return err
		}
	}
	return nil
}

// member returns a process that connects to NATS, through a proxy unless direct. It does not
// start the process.
func (c *cluster) member(name, binary string, args []string) (*process, error) {
	p := &process{
		name: name, path: filepath.Join(c.bin, binary), log: filepath.Join(c.dir, name+".log"), clock: c.clock(name),
	}
	url := c.url()
	if !c.direct {
		n := len(c.coordinators) + len(c.workers)
		px, err := newProxy(c.addresses(n), c.seed+uint64(len(c.coordinators)*100+len(c.workers)))
		if err != nil {
			return nil, err
		}
		p.proxy, url = px, px.url()
	}
	p.args = append(args, "--nats", url)
	return p, nil
}

func (c *cluster) clock(name string) string {
	if !c.clocks {
		return ""
	}
	return filepath.Join(c.dir, name+".clock")
}

// out returns the run directory of coordinator i: its own, unless the setup is shared.
func (c *cluster) out(i int) string {
	if c.shared {
		i = 0
	}
	return filepath.Join(c.dir, fmt.Sprintf("c%d", i))
}

func (c *cluster) close() {
	all := append(append([]*process{}, c.workers...), c.coordinators...)
	for _, s := range c.servers {
		all = append(all, s.process)
	}
	for _, p := range all {
		p.kill()
		if p.proxy != nil {
			p.proxy.close()
		}
	}
}

func waitForPort(address string, limit time.Duration) error {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		if c, err := net.DialTimeout("tcp", address, 200*time.Millisecond); err == nil {
			return c.Close()
		}
		time.Sleep(20 * time.Millisecond)
	}
	return errors.New("no server answers at " + address)
}
