package coordinator_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"braid/coordinator"
	"braid/protocol"
	"braid/transport"
	"braid/worker"
)

func oneLine(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v, want one line with %q", err, want)
	}
}

// What a run needs and does not find is said in one line before anything is written.
func TestRefusals(t *testing.T) {
	j := makeJob(t)
	dir := filepath.Join(t.TempDir(), "run")
	lead := func(url string) error {
		_, err := coordinator.Run(t.Context(), coordinator.Config{Job: j, Dir: dir, Nats: transport.Config{URL: url}})
		return err
	}
	work := func(url string) error {
		return worker.Run(t.Context(), worker.Config{Nats: transport.Config{URL: url}})
	}
	oneLine(t, lead("nats://127.0.0.1:1"), "no NATS server answers")
	oneLine(t, work("nats://127.0.0.1:1"), "no NATS server answers")
	for _, c := range []struct {
		o    transport.TestOptions
		want string
	}{
		{transport.TestOptions{NoJetStream: true}, "JetStream is off: start the server with nats-server -js"},
		{transport.TestOptions{MaxPayload: 64 << 10}, "max_payload is 65536 bytes, Braid needs 266240: set max_payload"},
	} {
		s, err := transport.ListenTest(c.o)
		if err != nil {
			t.Fatal(err)
		}
		oneLine(t, lead(s.URL()), c.want)
		oneLine(t, work(s.URL()), c.want)
		s.Close()
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a run directory was made")
	}
}

// A worker of another wire version is turned away by the coordinator, which goes on; it
// says why and ends with an error.
func TestVersionMismatch(t *testing.T) {
	j := makeJob(t, longer)
	c := newCluster(t)
	conn, err := transport.Connect(t.Context(), transport.Config{URL: c.server.URL()})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	refusals := make(chan string, 10)
	_, err = conn.Subscribe(protocol.DefaultFleet.To("old"), func(r transport.Received) {
		if m, _, err := protocol.Decode(r.Data); err == nil {
			if r, ok := m.(*protocol.Refusal); ok {
				refusals <- r.Reason
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	lead := c.lead(j, nil)
	hello := protocol.Restamp(protocol.Frame(&protocol.Hello{Host: "old"}), protocol.Version+1)
	for range 100 {
		if err := conn.Publish(protocol.DefaultFleet.From("old"), hello); err != nil {
			t.Fatal(err)
		}
		select {
		case why := <-refusals:
			if !strings.Contains(why, anotherVersion) {
				t.Error(why)
			}
			c.work("w1")
			lead.wait(t)
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatal("not refused")
}

var anotherVersion = fmt.Sprintf("wire version %d, this program %d", protocol.Version+1, protocol.Version)

// A worker that meets a coordinator of another version says so and ends.
func TestWorkerMeetsAnotherVersion(t *testing.T) {
	c := newCluster(t)
	conn, err := transport.Connect(t.Context(), transport.Config{URL: c.server.URL()})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	w := c.work("w1")
	lead := protocol.Restamp(protocol.Frame(&protocol.Lead{Term: 1, Leader: "new"}), protocol.Version+1)
	for {
		if err := conn.Publish(protocol.DefaultFleet.All(), lead); err != nil {
			t.Fatal(err)
		}
		select {
		case <-w.done:
			oneLine(t, w.err, "cannot work with this coordinator: the other side speaks "+anotherVersion+": install the same release")
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Whatever an unknown party says, the run goes on and its model is the same: random bytes,
// huge lengths, someone else's words, answers that nobody asked for, old terms.
func TestHostileParty(t *testing.T) {
	j := makeJob(t, longer)
	want := local(t, j)
	c := newCluster(t)
	conn, err := transport.Connect(t.Context(), transport.Config{URL: c.server.URL()})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c.work("w1")
	c.work("w2")
	lead := c.lead(j, nil)
	f := protocol.DefaultFleet
	out := make(chan string, 1)
	_, err = conn.Subscribe(f.To("hostile"), func(r transport.Received) {
		if m, _, err := protocol.Decode(r.Data); err == nil {
			if r, ok := m.(*protocol.Refusal); ok && r.Final {
				select {
				case out <- r.Reason:
				default:
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	frame := func(m protocol.Message, body string) []byte {
		b, err := protocol.Append(nil, m, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for i := uint64(0); ctx.Err() == nil; i++ {
			for _, b := range [][]byte{
				nil, []byte("nonsense"), {11, 1, 255, 255},
				frame(&protocol.Node{Term: 1, Round: i, Node: 1, Part: protocol.Part{Index: 1 << 30, Last: true}}, "x"),
				frame(&protocol.Node{Term: 1, Round: i, Node: 1, Part: protocol.Part{Last: true}}, "x"),
				frame(&protocol.Unit{Term: 1, Round: i, Unit: 1 << 30}, "x"),
				frame(&protocol.Beat{Term: 9, Job: "x", Blocked: true}, ""),
				frame(&protocol.Mark{Term: 1, Count: 1 << 60}, ""),
				frame(&protocol.Failed{Term: 1, Round: i, Reason: "because"}, ""),
				frame(&protocol.Lead{Term: 99}, ""),
				frame(&protocol.Leave{Term: 1}, ""),
			} {
				for _, subject := range []string{f.Join("hostile"), f.From("hostile"), f.Up("hostile")} {
					_ = conn.Publish(subject, b)
				}
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	sameModel(t, lead.wait(t), want)
	select {
	case why := <-out:
		if !strings.Contains(why, "quarantined for this term: 10 bad messages, the last one: ") {
			t.Error(why)
		}
	default:
		t.Error("it was not told that it is shut out")
	}
}
