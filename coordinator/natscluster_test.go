package coordinator_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"braid/coordinator"
	"braid/internal/await"
	"braid/protocol"
	"braid/train"
	"braid/transport"
	"braid/worker"

	"github.com/hashicorp/go-hclog"
)

// pulse records the times of steps, and limits their rate so that the run lasts long enough.
type pulse struct {
	pace  *time.Ticker
	mu    sync.Mutex
	last  time.Time
	steps uint64
	gap   time.Duration // the longest time between two steps
}

func (p *pulse) event(e train.Event) {
	s, ok := e.(train.Stepped)
	if !ok {
		return
	}
	<-p.pace.C
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if !p.last.IsZero() {
		p.gap = max(p.gap, now.Sub(p.last))
	}
	p.last, p.steps = now, max(p.steps, s.Step)
}

func (p *pulse) since() (time.Time, uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last, p.steps
}

// Any one of three NATS servers may be killed, including the leader of all streams: steps continue
// within five seconds of the election, and the model is the same.
func TestAnyServerOfThreeIsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some elections")
	}
	j := makeJob(t, "training.steps=3000", "training.evaluate_every=1000", "cluster.checkpoint_every=50")
	want := local(t, j)
	servers, err := transport.ListenTestCluster(3, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(servers.Close)
	log := hclog.NewNullLogger()
	if testing.Verbose() {
		log = hclog.New(&hclog.LoggerOptions{Output: writer{t}, Level: hclog.Info, TimeFormat: "05.000"})
	}
	var urls string
	for _, s := range servers.Servers {
		urls += "," + s.URL()
	}
	c := &cluster{t, servers.Servers[0], log}
	nats := transport.Config{URL: urls[1:], Wait: await.Limit}
	for i := range 2 {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		name := fmt.Sprint("w", i)
		go func() {
			defer close(done)
			_ = worker.Run(ctx, worker.Config{Nats: nats, Name: name, Threads: 1, Beat: beat, Log: log.Named(name)})
		}()
		t.Cleanup(func() { cancel(); <-done })
	}
	p := pulse{pace: time.NewTicker(10 * time.Millisecond)}
	defer p.pace.Stop()
	lead := c.lead(j, func(config *coordinator.Config) {
		config.Nats, config.Events, config.Dir = nats, p.event, filepath.Join(t.TempDir(), "run")
	})
	until := func(what string, limit time.Duration, ok func() bool) time.Time {
		t.Helper()
		reached := await.True(limit, func() bool {
			select {
			case <-lead.done:
				t.Fatal(what, lead.err)
			default:
			}
			return ok()
		})
		if !reached {
			t.Fatal("not within ", limit, ": ", what)
		}
		return time.Now()
	}
	lease := "KV_" + protocol.DefaultFleet.LeaseBucket()
	for i := range 3 {
		_, before := p.since()
		until("steps", await.Limit, func() bool { _, steps := p.since(); return steps > before+20 })
		victim := i
		if i == 0 {
			victim = servers.Leader(lease)
		}
		if victim < 0 || servers.Servers[victim] == nil {
			continue
		}
		t.Logf("killing server %d; the lease is kept by %d", victim, servers.Leader(lease))
		servers.Kill(victim)
		elected := until("a leader of the lease", await.Limit, func() bool { return servers.Leader(lease) >= 0 })
		again := until("a step after the election", await.Limit,
			func() bool { at, _ := p.since(); return at.After(elected) })
		t.Logf("elected; a step %s later", again.Sub(elected).Round(time.Millisecond))
		if again.Sub(elected) > 5*time.Second {
			t.Errorf("a step %s after the election", again.Sub(elected))
		}
		if err := servers.Start(victim); err != nil {
			t.Fatal(err)
		}
		until("all servers have caught up", await.Limit, func() bool { return servers.Current() })
	}
	p.mu.Lock()
	t.Logf("longest time without a step %s", p.gap.Round(time.Millisecond))
	p.mu.Unlock()
	select {
	case <-lead.done:
	case <-time.After(120 * time.Second):
		t.Fatal("hangs")
	}
	sameModel(t, lead.wait(t), want)
}
