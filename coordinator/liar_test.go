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
	"braid/internal/await"
	"braid/internal/hostile"
	"braid/job"
	"braid/protocol"
	"braid/run"
	"braid/worker"
)

// newLiar starts a link to a server that changes the frames of its clients: alter receives each
// published frame and returns the frame to send to the server.
func newLiar(t *testing.T, server string, alter func(frame []byte) []byte) (url string) {
	t.Helper()
	l, err := hostile.NewLink(server, alter)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.URL
}

// changed returns the frame with the first number of a gradient's first section changed and a valid
// checksum (for the format see gradient.Writer). Other frames are unchanged.
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
		t.Errorf("no section at the expected offset of %x", body)
		return frame
	}
	number := at + head
	if body[at] == 3 { // the ids of rows precede their numbers
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
	config := c.workerConfig(url, name)
	go func() { defer close(m.done); m.err = worker.Run(ctx, config) }()
	c.t.Cleanup(func() { cancel(); <-m.done })
	return m
}

// workFar starts a worker whose messages are delayed by 5 ms. In jobs as small as these, other workers
// receive all shares.
func (c *cluster) workFar(name string) *member {
	return c.workAt(newLiar(c.t, c.server.URL(), func(frame []byte) []byte {
		time.Sleep(5 * time.Millisecond)
		return frame
	}), name)
}

// figures returns the fields of the journal's last entry and the names of the quarantined workers.
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

// leadIn starts a coordinator and returns its run directory.
func (c *cluster) leadIn(j *job.Job) (*member, string) {
	dir := c.t.TempDir()
	return c.lead(j, func(config *coordinator.Config) { config.Dir = dir }), dir
}

// expectOut waits for the quarantine of a worker. The worker's error and the journal must report it.
func expectOut(t *testing.T, m *member, dir, name string) {
	t.Helper()
	select {
	case <-m.done:
		oneLine(t, m.err, "the coordinator refuses this worker: quarantined for this term: step")
	case <-time.After(await.Limit):
		t.Errorf("%s does not end", name)
	}
	if _, out := figures(t, dir); !slices.Equal(out, []string{name}) {
		t.Errorf("quarantined %v, want %s", out, name)
	}
}

// A worker that flips a bit in its gradients, with valid checksums, is detected by an audit of a
// twentieth and quarantined. The model is that of a run without faults, for any first faulty step.
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

// With two workers, the faulty worker is detected because it contradicts itself.
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

// A worker that sends NaN is detected without an audit.
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

// Honest workers are never blamed, even if everything is audited and frames are damaged.
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
