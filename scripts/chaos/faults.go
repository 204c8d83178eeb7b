package main

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// fault is one failure of a schedule. inject causes it and returns its target, "" if no target
// existed. mend, if not nil, must be called after length.
type fault struct {
	kind   string
	at     time.Duration // after the first step of the run
	length time.Duration
	inject func(c *cluster) (target string, mend func())
}

// schedule draws the faults of a round, of the kinds whose names contain only. Equal seeds give
// equal faults.
func schedule(rng *rand.Rand, span time.Duration, only string) []fault {
	n, kinds := 2+rng.IntN(4), kinds()
	faults := make([]fault, 0, n)
	for len(faults) < n {
		f := kinds[rng.IntN(len(kinds))](rng)
		if !strings.Contains(f.kind, only) {
			continue
		}
		f.at = time.Duration(rng.Int64N(int64(span)))
		faults = append(faults, f)
	}
	return faults
}

func between(rng *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(rng.Int64N(int64(high-low)))
}

// kinds returns a constructor of each kind of fault: those of the cluster's own programs, and
// neighbours that join and leave.
func kinds() []func(*rand.Rand) fault {
	all := slices.Clone(ownFaults)
	for _, n := range neighbours {
		all = append(all, asFault(n))
	}
	return all
}

var ownFaults = []func(*rand.Rand) fault{
	killed("kill worker", workerOf),
	killed("kill coordinator", coordinatorOf),
	frozen("freeze worker", workerOf),
	frozen("freeze coordinator", coordinatorOf),
	cutOff("cut worker off", workerOf),
	cutOff("cut coordinator off", coordinatorOf),
	slowed("delay worker", workerOf),
	flipped("flip bits of worker", workerOf),
	flipped("flip bits of coordinator", coordinatorOf),
	restartServer,
	killStreamLeader,
	wipeStore,
	corruptStore,
	stepped("step clock of worker", workerOf),
	stepped("step clock of coordinator", coordinatorOf),
	stepped("step clock of NATS", serverOf),
	alteredCheckpoint,
	fullDisk,
}

type chooser func(c *cluster, draw int) *process

func workerOf(c *cluster, draw int) *process      { return c.workers[draw%len(c.workers)] }
func coordinatorOf(c *cluster, draw int) *process { return c.coordinators[draw%len(c.coordinators)] }
func serverOf(c *cluster, draw int) *process      { return c.servers[draw%len(c.servers)].process }

// restart starts a process unless it is running.
func restart(p *process) {
	if !p.running() {
		if err := p.start(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

func killed(kind string, choose chooser) func(*rand.Rand) fault {
	return func(rng *rand.Rand) fault {
		draw := rng.IntN(1 << 20)
		length := between(rng, 100*time.Millisecond, 2*time.Second)
		return fault{kind: kind, length: length, inject: func(c *cluster) (string, func()) {
			p := choose(c, draw)
			if !p.kill() {
				return "", nil
			}
			return p.name, func() { restart(p) }
		}}
	}
}

func frozen(kind string, choose chooser) func(*rand.Rand) fault {
	return func(rng *rand.Rand) fault {
		draw := rng.IntN(1 << 20)
		length := between(rng, 200*time.Millisecond, 5*time.Second)
		return fault{kind: kind, length: length, inject: func(c *cluster) (string, func()) {
			p := choose(c, draw)
			if !p.signal(syscall.SIGSTOP) {
				return "", nil
			}
			return p.name, func() { p.signal(syscall.SIGCONT) }
		}}
	}
}

func cutOff(kind string, choose chooser) func(*rand.Rand) fault {
	return func(rng *rand.Rand) fault {
		draw := rng.IntN(1 << 20)
		length := between(rng, 200*time.Millisecond, 4*time.Second)
		return fault{kind: kind, length: length, inject: func(c *cluster) (string, func()) {
			p := choose(c, draw)
			p.proxy.cut.Store(true)
			return p.name, func() { p.proxy.cut.Store(false) }
		}}
	}
}

func slowed(kind string, choose chooser) func(*rand.Rand) fault {
	return func(rng *rand.Rand) fault {
		draw, delay := rng.IntN(1<<20), between(rng, time.Millisecond, 30*time.Millisecond)
		length := between(rng, 200*time.Millisecond, 2*time.Second)
		return fault{kind: kind, length: length, inject: func(c *cluster) (string, func()) {
			p := choose(c, draw)
			p.proxy.delay.Store(int64(delay))
			return p.name, func() { p.proxy.delay.Store(0) }
		}}
	}
}

func flipped(kind string, choose chooser) func(*rand.Rand) fault {
	return func(rng *rand.Rand) fault {
		draw, bits := rng.IntN(1<<20), int64(1+rng.IntN(4))
		return fault{kind: kind, length: time.Second, inject: func(c *cluster) (string, func()) {
			p := choose(c, draw)
			p.proxy.flips.Store(bits)
			return p.name, func() { p.proxy.flips.Store(0) }
		}}
	}
}

// restarted is a fault that kills a NATS server and starts it again after the fault's length. It
// calls down, if not nil, while the server is stopped.
func restarted(kind string, choose func(c *cluster, draw int) *server,
	down func(s *server, draw int)) func(*rand.Rand) fault {
	return func(rng *rand.Rand) fault {
		draw := rng.IntN(1 << 20)
		length := between(rng, 50*time.Millisecond, 2*time.Second)
		return fault{kind: kind, length: length, inject: func(c *cluster) (string, func()) {
			s := choose(c, draw)
			if s == nil || !s.kill() {
				return "", nil
			}
			if down != nil {
				down(s, draw)
			}
			return s.name, func() { restart(s.process) }
		}}
	}
}

func anyServer(c *cluster, draw int) *server { return c.servers[draw%len(c.servers)] }

var (
	restartServer = restarted("restart NATS", anyServer, nil)

	// killStreamLeader restarts the server of a cluster of three that leads the most streams.
	killStreamLeader = restarted("kill leader of NATS streams", func(c *cluster, _ int) *server {
		if len(c.servers) == 1 {
			return nil
		}
		return c.streamLeader()
	}, nil)

	// wipeStore restarts a server with an empty store, like a container without a volume.
	wipeStore = restarted("wipe store of NATS", anyServer, func(s *server, _ int) {
		if err := os.RemoveAll(s.store); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	})

	// corruptStore restarts a server with a damaged store, like a server with a bad disk.
	corruptStore = restarted("corrupt store of NATS", anyServer, func(s *server, draw int) { s.damage(draw) })
)

// alteredCheckpoint flips a bit of a coordinator's newest checkpoint and kills the coordinator,
// which must not load that checkpoint.
func alteredCheckpoint(rng *rand.Rand) fault {
	draw := rng.IntN(1 << 20)
	length := between(rng, 100*time.Millisecond, time.Second)
	return fault{kind: "alter checkpoint", length: length, inject: func(c *cluster) (string, func()) {
		i := draw % len(c.coordinators)
		p := c.coordinators[i]
		file := newestCheckpointFile(c.out(i))
		if file == "" || !p.kill() {
			return "", nil
		}
		b, err := os.ReadFile(file)
		if err != nil || len(b) == 0 {
			return "", func() { restart(p) }
		}
		b[draw%len(b)] ^= 0x40
		if err := os.WriteFile(file, b, 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		return p.name, func() { restart(p) }
	}}
}

// newestCheckpointFile returns the largest file of the newest checkpoint, "" if none exists.
func newestCheckpointFile(out string) string {
	dirs, _ := filepath.Glob(filepath.Join(out, "checkpoints", "step-*"))
	if len(dirs) == 0 {
		return ""
	}
	var name string
	var size int64
	_ = filepath.WalkDir(dirs[len(dirs)-1], func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil && info.Size() > size {
				name, size = path, info.Size()
			}
		}
		return nil
	})
	return name
}

// fullDisk fills the small file system of a coordinator's run directory.
func fullDisk(rng *rand.Rand) fault {
	draw := rng.IntN(1 << 20)
	length := between(rng, 200*time.Millisecond, 2*time.Second)
	return fault{kind: "fill disk", length: length, inject: func(c *cluster) (string, func()) {
		i := draw % len(c.coordinators)
		if !isMount(c.out(i)) {
			return "", nil
		}
		ballast := filepath.Join(c.out(i), "ballast")
		f, err := os.Create(ballast)
		if err != nil {
			return "", nil
		}
		block := make([]byte, 1<<20)
		for {
			if _, err := f.Write(block); err != nil {
				break
			}
		}
		f.Close()
		return c.coordinators[i].name, func() { os.Remove(ballast) }
	}}
}

func isMount(dir string) bool {
	b, err := os.ReadFile("/proc/mounts")
	return err == nil && strings.Contains(string(b), " "+dir+" ")
}
