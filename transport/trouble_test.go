package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"braid/internal/await"
	"braid/internal/loopback"
	"braid/protocol"

	"github.com/nats-io/nats-server/v2/server"
)

// ends waits for the connection's final error.
func ends(t *testing.T, c *Conn, want string) {
	t.Helper()
	select {
	case err := <-c.Broken():
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %q", err, want)
		}
	case <-time.After(await.Limit):
		t.Errorf("no error ends the program, want %q", want)
	}
}

// A server's limit that stops progress ends the program with an error that names the limit and the fix.
func TestLimitsOfTheServer(t *testing.T) {
	t.Run("connections", func(t *testing.T) {
		s := listen(t, TestOptions{MaxConn: 1})
		connect(t, s)
		c, err := Connect(t.Context(), Config{URL: s.URL()})
		if err == nil {
			c.Close()
			t.Fatal("a second connection is accepted")
		}
		if !strings.Contains(err.Error(), "raise max_connections") {
			t.Error(err)
		}
	})
	t.Run("subscriptions", func(t *testing.T) {
		c := connect(t, listen(t, TestOptions{MaxSubs: 2}))
		for _, subject := range []string{"a", "b", "c"} {
			if _, err := c.Subscribe(subject, func(Received) {}); err != nil {
				t.Fatal(err)
			}
		}
		ends(t, c, "raise max_subscriptions")
	})
}

// again closes a server and starts one with other options on the same port.
func again(t *testing.T, s *Server, o *server.Options) {
	t.Helper()
	at, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	o.Host = "127.0.0.1"
	if o.Port, err = strconv.Atoi(at.Port()); err != nil {
		t.Fatal(err)
	}
	next, err := start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(next.Close)
}

// Connect waits for a server that closes connections while it starts.
func TestWaitsForAServerThatHangsUp(t *testing.T) {
	for _, said := range []string{"", `INFO {"server_id`} {
		t.Run(said, func(t *testing.T) {
			port, err := loopback.FreePort()
			if err != nil {
				t.Fatal(err)
			}
			address := fmt.Sprint("127.0.0.1:", port)
			l, err := net.Listen("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			started := make(chan error, 1)
			go func() {
				for range 2 {
					if c, err := l.Accept(); err == nil {
						_, _ = c.Write([]byte(said))
						c.Close()
					}
				}
				l.Close()
				s, err := ListenTest(TestOptions{Port: port})
				if err == nil {
					t.Cleanup(s.Close)
				}
				started <- err
			}()
			c, err := Connect(t.Context(), Config{URL: "nats://" + address, Wait: 30 * time.Second})
			if err := errors.Join(err, <-started); err != nil {
				t.Fatal(err)
			}
			c.Close()
		})
	}
}

// A server that returns with other rules ends the program: waiting would not help.
func TestServerComesBackWithOtherRules(t *testing.T) {
	for want, o := range map[string]*server.Options{
		"refuses these credentials":                    {Authorization: "another token"},
		"set the same max_payload on all servers":      {MaxPayload: 300 << 10},
		"raise max_connections of the NATS server, or": {MaxConn: 1},
	} {
		t.Run(want, func(t *testing.T) {
			s, err := ListenTest(TestOptions{})
			if err != nil {
				t.Fatal(err)
			}
			first, second := connect(t, s), connect(t, s)
			again(t, s, o)
			broken := make(chan error, 2)
			go func() {
				select {
				case err := <-first.Broken():
					broken <- err
				case err := <-second.Broken():
					broken <- err
				case <-time.After(await.Limit):
					broken <- context.DeadlineExceeded
				}
			}()
			if err := <-broken; !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
		})
	}
}

// With Wait, programs wait for a cluster without a leader; after that time the error names --wait.
func TestJetStreamIsWaitedFor(t *testing.T) {
	if testing.Short() {
		t.Skip("takes an election")
	}
	servers, err := ListenTestCluster(3, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(servers.Close)
	servers.Kill(1)
	servers.Kill(2)
	ask := func(wait time.Duration) error {
		c, err := Connect(t.Context(), Config{URL: servers.Servers[0].URL(), Wait: wait})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, err = c.MakeStore(t.Context(), protocol.DefaultFleet, Keeping{})
		return err
	}
	if err := ask(time.Second); err == nil || !strings.Contains(err.Error(), "--wait") {
		t.Errorf("%v, want one that names --wait", err)
	}
	result := make(chan error, 1)
	go func() { result <- ask(2 * time.Minute) }()
	if err := servers.Start(1); err != nil {
		t.Fatal(err)
	}
	if err := <-result; err != nil {
		t.Error("did not wait:", err)
	}
}

// The store has three replicas if the cluster has three servers, and Replicate raises the replicas of
// existing buckets.
func TestReplicas(t *testing.T) {
	if testing.Short() {
		t.Skip("takes an election")
	}
	servers, err := ListenTestCluster(3, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(servers.Close)
	c, err := Connect(t.Context(), Config{URL: servers.Servers[0].URL(), Wait: await.Limit})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	one := Keeping{Replicas: 1}
	if _, err := c.MakeStore(t.Context(), protocol.DefaultFleet, one); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Acquire(t.Context(), protocol.DefaultFleet, "me", 0, one); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Replicate(t.Context(), protocol.DefaultFleet, Keeping{}); err != nil || n != 3 {
		t.Errorf("%d buckets changed, want 3: %v", n, err)
	}
	for _, name := range streams(protocol.DefaultFleet) {
		s, err := c.js.Stream(t.Context(), name)
		if err != nil || s.CachedInfo().Config.Replicas != 3 {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
	alone := connect(t, listen(t, TestOptions{}))
	for replicas, conn := range map[int]*Conn{5: c, 3: alone} {
		_, err := conn.MakeStore(t.Context(), "other", Keeping{Replicas: replicas})
		if want := fmt.Sprint("--replicas ", replicas); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
	}
}
