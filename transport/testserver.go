package transport

import (
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"braid/protocol"

	"github.com/nats-io/nats-server/v2/server"
)

// TestOptions makes a server that lacks something, for tests of what is said then.
type TestOptions struct {
	MaxPayload  int32
	MaxConn     int
	MaxSubs     int
	NoJetStream bool
	Port        int    // 0: any
	Dir         string // of the store, which stays; "": one that is removed
}

// ListenTest starts a server on a port of 127.0.0.1.
func ListenTest(t TestOptions) (*Server, error) {
	if t.Port == 0 {
		t.Port = server.RANDOM_PORT
	}
	if t.MaxPayload > 0 && t.MaxPayload < protocol.Overhead {
		return nil, fmt.Errorf("max_payload %d", t.MaxPayload)
	}
	o := &server.Options{Host: "127.0.0.1", Port: t.Port, JetStream: !t.NoJetStream, MaxPayload: t.MaxPayload, MaxConn: t.MaxConn, MaxSubs: t.MaxSubs}
	if t.Dir == "" {
		return start(o)
	}
	o.StoreDir = t.Dir
	s, err := startIn(o)
	if err != nil {
		return nil, err
	}
	return &Server{s: s}, nil
}

// TestCluster is a cluster of servers on 127.0.0.1, for tests.
type TestCluster struct {
	Servers []*Server
	routes  []*url.URL
	options []*server.Options
}

// ListenTestCluster starts a cluster of n servers with their stores in dir, and returns once
// JetStream has a leader.
func ListenTestCluster(n int, dir string) (*TestCluster, error) {
	c := new(TestCluster)
	for i := range n {
		o := &server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, ServerName: fmt.Sprint("s", i), StoreDir: filepath.Join(dir, fmt.Sprint(i))}
		o.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: server.RANDOM_PORT}
		o.Routes = c.routes
		s, err := startIn(o)
		if err != nil {
			c.Close()
			return nil, err
		}
		c.Servers, c.options = append(c.Servers, &Server{s: s}), append(c.options, o)
		// From now on its ports are fixed: it can be started again.
		o.Port, o.Cluster.Port = c.Servers[i].Port(), s.ClusterAddr().Port
		c.routes = append(c.routes, &url.URL{Scheme: "nats-route", Host: s.ClusterAddr().String()})
	}
	return c, c.wait()
}

// wait returns once every server that runs takes requests.
func (c *TestCluster) wait() error {
	for begin := time.Now(); time.Since(begin) < 30*time.Second; time.Sleep(50 * time.Millisecond) {
		for _, s := range c.Servers {
			if s != nil && s.s.JetStreamIsLeader() {
				return nil
			}
		}
	}
	c.Close()
	return fmt.Errorf("the cluster has no leader after 30 s")
}

// Leader is the index of the server that leads a stream, -1: none does.
func (c *TestCluster) Leader(stream string) int {
	for i, s := range c.Servers {
		if s != nil && s.s.JetStreamIsStreamLeader(server.DEFAULT_GLOBAL_ACCOUNT, stream) {
			return i
		}
	}
	return -1
}

// Kill ends a server.
func (c *TestCluster) Kill(i int) {
	c.Servers[i].Close()
	c.Servers[i] = nil
}

// Start starts a server that was killed.
func (c *TestCluster) Start(i int) error {
	o := c.options[i]
	o.Routes = c.routes
	s, err := startIn(o)
	if err == nil {
		c.Servers[i] = &Server{s: s}
	}
	return err
}

// Close ends all.
func (c *TestCluster) Close() {
	for i, s := range c.Servers {
		if s != nil {
			c.Kill(i)
		}
	}
}
