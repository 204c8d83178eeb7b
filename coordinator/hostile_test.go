package coordinator_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"braid/coordinator"
	"braid/internal/await"
	"braid/internal/hostile"
	"braid/protocol"
	"braid/transport"
)

func (c *cluster) nats() transport.Config { return transport.Config{URL: c.server.URL()} }

// intrude joins a hostile member as soon as a coordinator leads.
func (c *cluster) intrude(name string) *hostile.Member {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), await.Limit)
	defer cancel()
	m, err := hostile.Join(ctx, c.nats(), protocol.DefaultFleet, name)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(m.Conn.Close)
	return m
}

// The run continues with the same model if a member sends random bytes, huge lengths, messages of
// another party, unrequested answers or old terms.
func TestHostileMember(t *testing.T) {
	j := makeJob(t, longer)
	want := local(t, j)
	c := newCluster(t)
	lead := c.lead(j, nil)
	m := c.intrude("hostile")
	c.work("w1")
	c.work("w2")
	frame := func(m protocol.Message, body string) []byte {
		b, err := protocol.Append(nil, m, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	f := protocol.DefaultFleet
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range 10 {
		_ = m.Conn.Publish(f.From(m.Address), frame(&protocol.Lead{Term: 99}, ""))
	}
	go func() {
		again := time.NewTicker(5 * time.Millisecond)
		defer again.Stop()
		for i := uint64(0); ctx.Err() == nil; i++ {
			for _, b := range [][]byte{
				nil, []byte("nonsense"), {11, 1, 255, 255},
				frame(&protocol.Node{Term: 1, Round: i, Node: 1, Part: protocol.Part{Index: 1 << 30, Last: true}}, "x"),
				frame(&protocol.Node{Term: 1, Round: i, Node: 1, Part: protocol.Part{Last: true}}, "x"),
				frame(&protocol.ExampleBlock{Term: 1, Round: i, Block: 1 << 30}, "x"),
				frame(&protocol.Beat{Term: 9, Job: "x", Blocked: true}, ""),
				frame(&protocol.Mark{Term: 1, Count: 1 << 60}, ""),
				frame(&protocol.Failed{Term: 1, Round: i, Reason: "because"}, ""),
				frame(&protocol.Lead{Term: 99}, ""),
			} {
				for _, subject := range []string{f.Join("hostile"), f.Join("w1"), f.From(m.Address), f.Up(m.Address)} {
					_ = m.Conn.Publish(subject, b)
				}
			}
			<-again.C
		}
	}()
	sameModel(t, lead.wait(t), want)
	if why := m.Refused(); !strings.Contains(why, "quarantined for this term: 10 bad messages, the last one: ") {
		t.Errorf("refused with %q", why)
	}
}

// A member that floods its subjects with damaged frames is suspended, and the coordinator unsubscribes
// from it. A frame shorter than a header counts as damaged.
func TestFlooderIsSuspended(t *testing.T) {
	j := makeJob(t, longer)
	want := local(t, j)
	for name, frame := range map[string][]byte{"damaged": hostile.Damaged, "empty": nil} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t)
			var log logged
			lead := c.lead(j, func(config *coordinator.Config) { config.Log = log.logger() })
			m := c.intrude("hostile")
			c.work("w1")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			flooded := make(chan int)
			frames := hostile.Frames(frame, protocol.DefaultFleet.From(m.Address))
			go func() { flooded <- c.flood(ctx, 20_000, frames) }()
			sameModel(t, lead.wait(t), want)
			cancel()
			t.Logf("%d frames, %d bytes of log", <-flooded, len(log.text()))
			const reason = "suspended for 10.0 s: more damaged messages than a bad link explains"
			if why := m.Refused(); !strings.Contains(why, reason) {
				t.Errorf("refused with %q, want %q", why, reason)
			}
			if n := len(log.text()); n > 20_000 {
				t.Errorf("%d bytes of log", n)
			}
		})
	}
}

// flood sends the messages of next until ctx is done or next ends.
func (c *cluster) flood(ctx context.Context, perSecond int, next func(int) (string, []byte, bool)) int {
	w, err := hostile.Dial(ctx, c.server.URL(), "")
	if err != nil {
		c.t.Error(err)
		return 0
	}
	defer w.Close()
	n, err := hostile.Flood(ctx, w, perSecond, next)
	if err != nil {
		c.t.Error(err)
	}
	return n
}

// Floods under names of non-members, under the name of an honest member, and of joins with many names:
// the model is the same, a worker can join during the flood, and the log stays small.
func TestFloodsOfStrangers(t *testing.T) {
	j := makeJob(t, longer, "cluster.min_workers=2")
	want := local(t, j)
	f := protocol.DefaultFleet
	stranger, honest := protocol.Address{Worker: "stranger", Session: "x"}, protocol.Address{Worker: "w1", Session: "x"}
	for name, flood := range map[string]func(int) (string, []byte, bool){
		"never joined":   hostile.Frames(hostile.Damaged, f.From(stranger), f.Up(stranger)),
		"as a member":    hostile.Frames(hostile.Damaged, f.From(honest), f.Up(honest), f.Join("w1")),
		"to all workers": hostile.Frames(hostile.Damaged, f.All()),
		"nonsense joins": hostile.Frames(protocol.Frame(&protocol.Leave{}), f.Join("w1"), f.Join("x")),
		"joins":          hostile.Joins(f, "mass", 20_000),
		"joins as member": func(i int) (string, []byte, bool) {
			s, b, ok := hostile.Joins(f, "s", 20_000)(i)
			_ = s
			return f.Join("w1"), b, ok
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t)
			var log logged
			lead := c.lead(j, func(config *coordinator.Config) { config.Log = log.logger() })
			c.work("w1")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			sent := make(chan int)
			go func() { sent <- c.flood(ctx, 20_000, flood) }()
			c.work("w2")
			sameModel(t, lead.wait(t), want)
			cancel()
			t.Logf("%d messages, %d bytes of log", <-sent, len(log.text()))
			if n := len(log.text()); n > 30_000 {
				t.Errorf("%d bytes of log", n)
			}
		})
	}
}

// The second worker of a name is refused by name while the first is live; the first continues.
func TestTwoWorkersOfOneName(t *testing.T) {
	j := makeJob(t, longer)
	want := local(t, j)
	c := newCluster(t)
	change, reached := c.follow(20)
	first := c.work("w1")
	lead := c.lead(j, change)
	within(t, reached)
	second := c.work("w1")
	select {
	case <-second.done:
		oneLine(t, second.err, "the coordinator refuses this worker: w1 is here already, process ")
		oneLine(t, second.err, "give this worker another --name")
	case <-lead.done:
		t.Error("the second worker was not refused")
	}
	sameModel(t, lead.wait(t), want)
	first.wait(t)
}

// A worker that restarts under its name joins at once if the first has lost its connection, and after a
// second of silence if the first is frozen. The first is refused when it thaws.
func TestRestartUnderOneName(t *testing.T) {
	j := makeJob(t, longer)
	want := local(t, j)
	for _, frozen := range []bool{false, true} {
		c := newCluster(t)
		change, reached := c.follow(20)
		relay := newRelay(t, c.server.URL())
		first := c.workAt(relay.url, "w1")
		lead := c.lead(j, change)
		within(t, reached)
		if frozen {
			relay.freeze()
		} else {
			relay.cut()
		}
		begin := time.Now()
		c.work("w1")
		sameModel(t, lead.wait(t), want)
		t.Logf("frozen %v: %.1f s", frozen, time.Since(begin).Seconds())
		if frozen {
			relay.thaw()
		}
		first.cancel()
	}
}
