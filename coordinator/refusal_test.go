package coordinator_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"braid/coordinator"
	"braid/internal/await"
	"braid/protocol"
	"braid/transport"
	"braid/worker"

	"github.com/hashicorp/go-hclog"
)

func oneLine(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v, want one line with %q", err, want)
	}
}

// If a requirement is not met, the error has one line, and nothing is written.
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
		t.Error("a run directory was created")
	}
}

// A worker of another wire version cannot join, and the run continues. The worker itself sees the
// coordinator's version and exits (TestWorkerMeetsAnotherVersion).
func TestVersionMismatch(t *testing.T) {
	j := makeJob(t, longer)
	c := newCluster(t)
	conn, err := transport.Connect(t.Context(), transport.Config{URL: c.server.URL()})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var log logged
	lead := c.lead(j, func(config *coordinator.Config) { config.Log = log.logger() })
	hello := protocol.Restamp(protocol.Frame(&protocol.Hello{Session: "5a", Host: "old"}), protocol.Version+1)
	await.Until(t, "the log names the version", func() bool {
		if err := conn.Publish(protocol.DefaultFleet.Join("old"), hello); err != nil {
			t.Fatal(err)
		}
		return strings.Contains(log.text(), anotherVersion)
	})
	c.work("w1")
	lead.wait(t)
}

// logged stores the log of a program.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logged) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logged) logger() hclog.Logger { return hclog.New(&hclog.LoggerOptions{Output: l}) }

var anotherVersion = fmt.Sprintf("wire version %d, this program %d", protocol.Version+1, protocol.Version)

// A worker exits with an error if the coordinator has another wire version.
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
			oneLine(t, w.err, "cannot work with this coordinator: the other side speaks "+
				anotherVersion+": install the same release")
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}
