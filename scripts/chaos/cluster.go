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
)

// process is one member of the cluster; start may be called again after it ended.
type process struct {
	name  string
	path  string
	args  []string
	log   string
	proxy *proxy // nil for the server

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

// succeeded says that the process ended by itself with exit code 0.
func (p *process) succeeded() bool {
	if p.running() {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd != nil && p.exit == nil
}

// signal reports whether there was a process to send it to.
func (p *process) signal(s syscall.Signal) bool {
	if !p.running() {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = s == syscall.SIGSTOP || (p.stopped && s != syscall.SIGCONT)
	return p.cmd.Process.Signal(s) == nil
}

// kill ends the process and waits until it is gone.
func (p *process) kill() bool {
	if !p.signal(syscall.SIGKILL) {
		return false
	}
	<-p.ended
	return true
}

// cluster is a NATS server, two coordinators and four workers, each behind its own proxy.
type cluster struct {
	dir          string
	server       *process
	coordinators []*process
	workers      []*process
	metrics      []string // address of each coordinator's metrics
}

const (
	coordinatorCount = 2
	workerCount      = 4
)

func startCluster(bin, dir, job string, seed uint64) (*cluster, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	c := &cluster{dir: dir}
	c.server = &process{
		name: "nats", path: filepath.Join(bin, "nats-server"), log: filepath.Join(dir, "nats.log"),
		args: []string{"-a", "127.0.0.1", "-p", fmt.Sprint(port), "-js", "-sd", filepath.Join(dir, "nats")},
	}
	if err := c.server.start(); err != nil {
		return nil, err
	}
	if err := waitForPort(address, 10*time.Second); err != nil {
		c.close()
		return nil, err
	}
	member := func(name, binary string, args ...string) (*process, error) {
		px, err := newProxy(address, seed+uint64(len(c.coordinators)*100+len(c.workers)))
		if err != nil {
			return nil, err
		}
		p := &process{name: name, path: filepath.Join(bin, binary), log: filepath.Join(dir, name+".log"), proxy: px,
			args: append(args, "--nats", px.url())}
		return p, p.start()
	}
	for i := range coordinatorCount {
		name := fmt.Sprintf("c%d", i)
		port, err := freePort()
		if err != nil {
			c.close()
			return nil, err
		}
		metrics := fmt.Sprintf("127.0.0.1:%d", port)
		c.metrics = append(c.metrics, metrics)
		p, err := member(name, "coordinator", "--job", job, "--out", c.out(i), "--resume", "--metrics", metrics)
		if err != nil {
			c.close()
			return nil, err
		}
		c.coordinators = append(c.coordinators, p)
	}
	for i := range workerCount {
		p, err := member(fmt.Sprintf("w%d", i), "worker", "--threads", "1", "--cache", filepath.Join(dir, fmt.Sprintf("cache%d", i)))
		if err != nil {
			c.close()
			return nil, err
		}
		c.workers = append(c.workers, p)
	}
	return c, nil
}

// out is the run directory of coordinator i: each has its own disk.
func (c *cluster) out(i int) string { return filepath.Join(c.dir, fmt.Sprintf("c%d", i)) }

func (c *cluster) close() {
	all := append(append([]*process{}, c.workers...), c.coordinators...)
	for _, p := range append(all, c.server) {
		p.kill()
		if p.proxy != nil {
			p.proxy.close()
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
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
