package coordinator_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"braid/coordinator"
	"braid/internal/hostile"
	"braid/job"
	"braid/protocol"
	"braid/run"
	"braid/transport"
	"braid/worker"
)

// newLiar is a link to a server that puts other words into the mouth of who is behind it:
// say gets every frame that is published and returns what the server is told.
func newLiar(t *testing.T, server string, say func(frame []byte) []byte) (url string) {
	t.Helper()
	l, err := hostile.NewLink(server, say)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.URL
}

// changed says something else of a gradient, with a checksum that is right: in the first
// number of its first section (gradient.Writer).
func changed(t *testing.T, frame []byte, change func(n *protocol.Node, number []byte)) []byte {
	m, body, err := protocol.Decode(frame)
	n, ok := m.(*protocol.Node)
	if err != nil || !ok || n.Index != 0 {
		return frame
	}
	const losses, head = 1 + 2*16, 13
	at := 0
	if len(body) > losses && body[0] == 1 {
		at = losses
	}
	if len(body) < at+head {
		t.Errorf("no section where it is looked for, but %x", body)
		return frame
	}
	number := at + head
	if body[at] == 3 { // the ids of rows come before their numbers
		number += 4 * int(binary.LittleEndian.Uint32(body[at+head-4:]))
	}
	change(n, body[number:number+4])
	frame, err = protocol.Append(nil, n, body)
	if err != nil {
		t.Error(err)
	}
	return frame
}

// workAt starts a worker behind a link.
func (c *cluster) workAt(url, name string) *member {
	ctx, cancel := context.WithCancel(context.Background())
	m := &member{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(m.done)
		m.err = worker.Run(ctx, worker.Config{Nats: transport.Config{URL: url}, Name: name, Threads: 1, Beat: beat, Log: c.log.Named(name)})
	}()
	c.t.Cleanup(func() { cancel(); <-m.done })
	return m
}

// workFar starts a worker whose words take 5 ms to arrive. In a job as small as these, the shares go
// to a worker that is nearer.
func (c *cluster) workFar(name string) *member {
	return c.workAt(newLiar(c.t, c.server.URL(), func(frame []byte) []byte {
		time.Sleep(5 * time.Millisecond)
		return frame
	}), name)
}

// figures reads what the journal says of the fleet at the end, and who was quarantined.
func figures(t *testing.T, dir string) (map[string]any, []string) {
	t.Helper()
	entries, err := run.ReadJournal(dir)
	if err != nil || len(entries) == 0 {
		t.Fatal("no journal", err)
	}
	var quarantined []string
	for _, e := range entries {
		if e.Event == run.EventQuarantined {
			quarantined = append(quarantined, e.Fields["worker"].(string))
		}
	}
	return entries[len(entries)-1].Fields, quarantined
}

// leadIn leads in a directory that the test knows.
func (c *cluster) leadIn(j *job.Job) (*member, string) {
	dir := c.t.TempDir()
	return c.lead(j, func(config *coordinator.Config) { config.Dir = dir }), dir
}

// expectOut waits for a worker that is shut out, and checks that it and the journal say so.
func expectOut(t *testing.T, m *member, dir, name string) {
	t.Helper()
	select {
	case <-m.done:
		oneLine(t, m.err, "the coordinator refuses this worker: quarantined for this term: step")
	case <-time.After(10 * time.Second):
		t.Errorf("%s goes on", name)
	}
	if _, out := figures(t, dir); !slices.Equal(out, []string{name}) {
		t.Errorf("quarantined %v, want %s", out, name)
	}
}

// A worker that flips a bit in its gradients, with right checksums, is found by a twentieth
// of audits, named and shut out; the model is that of a clean run, whenever it began.
func TestLyingWorkerIsFound(t *testing.T) {
	j := makeJob(t, longer, "cluster.audit=0.05", "cluster.min_workers=3")
	want := local(t, j)
	for _, from := range []uint64{0, 5, 100} {
		t.Run(fmt.Sprint(from), func(t *testing.T) {
			c := newCluster(t)
			var lies atomic.Int64
			liar := c.workAt(newLiar(t, c.server.URL(), func(frame []byte) []byte {
				return changed(t, frame, func(n *protocol.Node, number []byte) {
					if n.Step >= from {
						number[2] ^= 0x10
						lies.Add(1)
					}
				})
			}), "liar")
			c.workFar("w2")
			c.workFar("w3")
			lead, dir := c.leadIn(j)
			sameModel(t, lead.wait(t), want)
			expectOut(t, liar, dir, "liar")
			end, _ := figures(t, dir)
			t.Logf("%d lies; %v", lies.Load(), end)
			if lies.Load() == 0 || end["audit_mismatches"] == 0.0 || end["quarantined"] != 1.0 {
				t.Errorf("%d lies; %v", lies.Load(), end)
			}
		})
	}
}

// Of two workers the one that lies now and then contradicts itself.
func TestLyingWorkerOfTwoIsFound(t *testing.T) {
	j := makeJob(t, "training.steps=100", "cluster.audit=1", "cluster.min_workers=2")
	want := local(t, j)
	c := newCluster(t)
	lies := byte(0)
	liar := c.workAt(newLiar(t, c.server.URL(), func(frame []byte) []byte {
		return changed(t, frame, func(n *protocol.Node, number []byte) {
			if n.Step >= 20 {
				lies++
				number[1] ^= lies
			}
		})
	}), "liar")
	c.workFar("w2")
	lead, dir := c.leadIn(j)
	sameModel(t, lead.wait(t), want)
	expectOut(t, liar, dir, "liar")
}

// A worker that sends NaN is found without any audit.
func TestWorkerWithNaNIsFound(t *testing.T) {
	j := makeJob(t, "training.steps=100", "cluster.min_workers=2")
	want := local(t, j)
	for _, others := range []int{1, 2} {
		t.Run(fmt.Sprint(others), func(t *testing.T) {
			c := newCluster(t)
			liar := c.workAt(newLiar(t, c.server.URL(), func(frame []byte) []byte {
				return changed(t, frame, func(n *protocol.Node, number []byte) {
					if n.Step >= 20 {
						copy(number, []byte{0, 0, 0xc0, 0x7f})
					}
				})
			}), "liar")
			for i := range others {
				c.workFar(fmt.Sprint("w", i))
			}
			lead, dir := c.leadIn(j)
			sameModel(t, lead.wait(t), want)
			expectOut(t, liar, dir, "liar")
		})
	}
}

// Honest workers are never accused, however much is audited and whatever is damaged on the way.
func TestHonestWorkersAreNotAccused(t *testing.T) {
	j := makeJob(t, "training.steps=300", "training.patience=0", "cluster.audit=1", "cluster.min_workers=3")
	want := local(t, j)
	c := newCluster(t)
	var seen, damaged atomic.Int64
	var workers []*member
	for i := range 3 {
		workers = append(workers, c.workAt(newLiar(t, c.server.URL(), func(frame []byte) []byte {
			if m, _, err := protocol.Decode(frame); err == nil {
				if _, ok := m.(*protocol.Node); ok && seen.Add(1)%40 == 0 {
					damaged.Add(1)
					frame[len(frame)/2] ^= 1
				}
			}
			return frame
		}), fmt.Sprint("w", i+1)))
	}
	lead, dir := c.leadIn(j)
	sameModel(t, lead.wait(t), want)
	for _, w := range workers {
		w.wait(t)
	}
	end, out := figures(t, dir)
	t.Logf("%d damaged frames; %v", damaged.Load(), end)
	if len(out) > 0 || end["audit_mismatches"] != 0.0 || end["audits"].(float64) < 300 || damaged.Load() < 5 {
		t.Errorf("%d damaged frames; quarantined %v; %v", damaged.Load(), out, end)
	}
}
