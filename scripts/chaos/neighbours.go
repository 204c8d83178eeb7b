package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"braid/internal/hostile"
	"braid/protocol"
	"braid/transport"
)

// neighbour is a slow, faulty or hostile participant. come connects it to a cluster and returns a
// function that removes it.
type neighbour struct {
	kind string
	keep float64 // share of its speed that the fleet must keep
	come func(c *cluster) (leave func(), err error)
}

// neighbours lists the kinds, each with the promised share of speed.
var neighbours = []neighbour{
	{"mute worker", 0.8, mute},
	{"worker late by 20 ms", 0.8, late(20*time.Millisecond, 0)},
	{"worker late by 100 ms and growing", 0.8, late(100*time.Millisecond, 50*time.Millisecond)},
	{"100,000 joins", 0.8, flood(0, func(c *cluster, _ *hostile.Member) source {
		return hostile.Joins(protocol.DefaultFleet, "stranger", 100_000)
	})},
	{"liar in scores", 0.8, liar},
	{"20,000 damaged frames/s", 0.6, flood(20_000, ownFrames)},
	{"damaged frames at full speed", 0, flood(0, ownFrames)},
	{"damaged joins at full speed", 0, flood(0, func(*cluster, *hostile.Member) source {
		return hostile.Frames(hostile.Damaged, protocol.DefaultFleet.Join("stranger"), protocol.DefaultFleet.Join("w0"))
	})},
}

// source returns message i for hostile.Flood; ok is false after the last message.
type source = func(i int) (subject string, frame []byte, ok bool)

// ownFrames returns damaged frames of a member, on the subjects that its permissions would allow.
func ownFrames(_ *cluster, m *hostile.Member) source {
	return hostile.Frames(hostile.Damaged, m.Fleet.From(m.Address), m.Fleet.Up(m.Address))
}

// join joins a hostile member under a name that no worker of the cluster has.
func join(ctx context.Context, c *cluster) (*hostile.Member, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	nats, name := transport.Config{URL: c.url(), Name: "hostile"}, fmt.Sprintf("hostile%d", rand.IntN(1<<30))
	return hostile.Join(ctx, nats, protocol.DefaultFleet, name)
}

// mute is a member that sends heartbeats and never answers.
func mute(c *cluster) (func(), error) {
	ctx, cancel := context.WithCancel(context.Background())
	m, err := join(ctx, c)
	if err != nil {
		cancel()
		return nil, err
	}
	done := make(chan struct{})
	go func() { defer close(done); m.Mute(ctx) }()
	return func() { cancel(); <-done; m.Conn.Close() }, nil
}

// late is an honest worker whose messages are delayed by a time that grows every second.
func late(by, growth time.Duration) func(c *cluster) (func(), error) {
	return func(c *cluster) (func(), error) {
		link, leave, err := behindLink(c, "late", nil)
		if err != nil {
			return nil, err
		}
		link.Late(by)
		stop := make(chan struct{})
		go func() {
			for d := by; ; {
				select {
				case <-stop:
					return
				case <-time.After(time.Second):
					d += growth
					link.Late(d)
				}
			}
		}()
		return func() { close(stop); leave() }, nil
	}
}

// liar is a worker whose scores contain, alternately, a NaN loss and an impossible count.
func liar(c *cluster) (func(), error) {
	var frames atomic.Int64
	_, leave, err := behindLink(c, "liar", func(frame []byte) []byte {
		if frames.Add(1)%2 == 0 {
			return hostile.NaNLoss(frame)
		}
		return hostile.ImpossibleCount(frame)
	})
	return leave, err
}

// behindLink starts a worker with a new name behind a hostile link. alter, if not nil, changes the
// frames that the worker sends.
func behindLink(c *cluster, kind string, alter func([]byte) []byte) (*hostile.Link, func(), error) {
	link, err := hostile.NewLink(c.servers[0].address, alter)
	if err != nil {
		return nil, nil, err
	}
	name := fmt.Sprintf("%s%d", kind, rand.IntN(1<<30))
	p := &process{name: name, path: filepath.Join(c.bin, "worker"), log: filepath.Join(c.dir, name+".log"),
		args: []string{"--name", name, "--threads", "1", "--cache", filepath.Join(c.dir, "cache"+name),
			"--nats", link.URL}}
	if err := p.start(); err != nil {
		link.Close()
		return nil, nil, err
	}
	return link, func() { p.kill(); link.Close() }, nil
}

// flood publishes the messages of a source as a member of the fleet. perSecond 0: at full speed.
func flood(perSecond int, from func(*cluster, *hostile.Member) source) func(c *cluster) (func(), error) {
	return func(c *cluster) (func(), error) {
		m, err := join(context.Background(), c)
		if err != nil {
			return nil, err
		}
		hush, err := shout(perSecond, func(c *cluster) source { return from(c, m) })(c)
		if err != nil {
			m.Conn.Close()
			return nil, err
		}
		return func() { hush(); m.Conn.Close() }, nil
	}
}

// shout publishes the messages of a source as a client that has not joined. perSecond 0: at full speed.
func shout(perSecond int, from func(*cluster) source) func(c *cluster) (func(), error) {
	return func(c *cluster) (func(), error) {
		ctx, cancel := context.WithCancel(context.Background())
		w, err := hostile.Dial(ctx, "nats://"+c.servers[0].address, "")
		if err != nil {
			cancel()
			return nil, err
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = hostile.Flood(ctx, w, perSecond, from(c)) // the server may close the connection, which ends the flood
		}()
		return func() { cancel(); w.Close(); <-done }, nil
	}
}

// asFault is a fault in which a neighbour joins and leaves after the fault's length.
func asFault(n neighbour) func(*rand.Rand) fault {
	return func(rng *rand.Rand) fault {
		length := between(rng, 500*time.Millisecond, 3*time.Second)
		return fault{kind: n.kind, length: length, inject: func(c *cluster) (string, func()) {
			leave, err := n.come(c)
			if err != nil {
				return "", nil // NATS is down or the job is done
			}
			return "fleet", leave
		}}
	}
}

// neighbourReport is the cost of one kind of neighbour.
type neighbourReport struct {
	Kind   string  `json:"kind"`
	Alone  float64 `json:"steps_per_second_alone"`
	With   float64 `json:"steps_per_second_with"`
	Ratio  float64 `json:"ratio"`
	Asked  float64 `json:"asked_ratio"`
	LogKB  float64 `json:"log_kilobytes_per_second"`
	Lasted bool    `json:"coordinator_lasted"`
}

const (
	aloneTime = 4 * time.Second
	settles   = 5 * time.Second // time after a neighbour's arrival that is not measured
	withTime  = 6 * time.Second
)

// playNeighbours measures the share of its speed that a fleet of honest workers keeps with each neighbour.
func playNeighbours(o options, b built) error {
	s := smallJob(10_000_000) // more steps than the measurement takes
	s.batch, s.evaluate, s.checkpoint = 64, 200, 500
	job, err := writeJob(b.dir, s)
	if err != nil {
		return err
	}
	var reports []neighbourReport
	failed := 0
	for i, n := range neighbours {
		if !o.wants(n.kind) {
			continue
		}
		r, err := measure(b, job, n, i)
		if err != nil {
			return fmt.Errorf("%s: %w", n.kind, err)
		}
		verdict := "ok"
		if !r.Lasted || r.With == 0 || r.Ratio < r.Asked || r.LogKB > 10 {
			verdict = "MISSED"
			failed++
		}
		fmt.Printf("%-36s alone %6.1f steps/s, with it %6.1f, ratio %.2f (required %.1f), log %.1f kB/s  %s\n",
			r.Kind, r.Alone, r.With, r.Ratio, r.Asked, r.LogKB, verdict)
		reports = append(reports, r)
	}
	if err := writeJSON(o.json, reports); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d neighbours cost more than promised", failed, len(reports))
	}
	return nil
}

// measure measures the fleet's speed before, during and after the presence of a neighbour.
func measure(b built, job string, n neighbour, number int) (r neighbourReport, err error) {
	dir := filepath.Join(b.dir, fmt.Sprintf("neighbour%d", number))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return r, err
	}
	c, err := startCluster(setup{bin: b.bin, dir: dir, job: job, size: 3, direct: true, shared: true, alone: true})
	if err != nil {
		return r, err
	}
	defer c.close()
	watch := newWatcher(c, 10*time.Millisecond)
	defer watch.close()
	speed := func(d time.Duration) float64 {
		from := watch.rounds()
		time.Sleep(d)
		return float64(watch.rounds()-from) / d.Seconds()
	}
	if err := until("all workers have joined", func() bool { return watch.workers() == len(c.workers) }); err != nil {
		return r, err
	}
	time.Sleep(2 * time.Second)
	before := speed(aloneTime)
	leave, err := n.come(c)
	if err != nil {
		return r, err
	}
	logged, at := fileSize(c.coordinators[0].log), time.Now()
	time.Sleep(settles)
	r = neighbourReport{Kind: n.kind, Asked: n.keep, With: speed(withTime)}
	r.LogKB = float64(fileSize(c.coordinators[0].log)-logged) / 1000 / time.Since(at).Seconds()
	leave()
	time.Sleep(time.Second)
	r.Alone = (before + speed(aloneTime)) / 2
	r.Ratio = r.With / r.Alone
	r.Lasted = c.coordinators[0].running()
	return r, nil
}

func fileSize(name string) int64 {
	info, err := os.Stat(name)
	if err != nil {
		return 0
	}
	return info.Size()
}
