package transport

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"sync"

	"braid/internal/await"
	"braid/internal/loopback"
	"braid/protocol"

	"github.com/nats-io/nats-server/v2/server"
)

// TestOptions makes a server that lacks something, for tests of the error that follows.
type TestOptions struct {
	MaxPayload  int32
	MaxConn     int
	MaxSubs     int
	NoJetStream bool
	Port        int    // 0: a free one, which stays free while the server restarts
	Dir         string // of the store, which stays; "": a temporary one
}

// ListenTest starts a server on a port of 127.0.0.1.
func ListenTest(t TestOptions) (*Server, error) {
	if t.Port == 0 {
		var err error
		if t.Port, err = loopback.FreePort(); err != nil {
			return nil, err
		}
	}
	if t.MaxPayload > 0 && t.MaxPayload < protocol.Overhead {
		return nil, fmt.Errorf("max_payload %d", t.MaxPayload)
	}
	o := &server.Options{Host: "127.0.0.1", Port: t.Port, JetStream: !t.NoJetStream, MaxPayload: t.MaxPayload,
		MaxConn: t.MaxConn, MaxSubs: t.MaxSubs}
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

// ListenTestCluster starts a cluster of n servers with their stores in dir, and returns once JetStream has a leader
// that can place replicas on all of them.
func ListenTestCluster(n int, dir string) (*TestCluster, error) {
	c := &TestCluster{Servers: make([]*Server, n)}
	for i := range n {
		client, first := loopback.FreePort()
		route, err := loopback.FreePort()
		if err := errors.Join(first, err); err != nil {
			return nil, err
		}
		o := &server.Options{Host: "127.0.0.1", Port: client, JetStream: true, ServerName: fmt.Sprint("s", i),
			StoreDir: filepath.Join(dir, fmt.Sprint(i))}
		o.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: route}
		c.options = append(c.options, o)
		c.routes = append(c.routes, &url.URL{Scheme: "nats-route", Host: fmt.Sprint("127.0.0.1:", route)})
	}
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n { // together: the first one waits for a majority
		all.Go(func() { errs[i] = c.Start(i) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		c.Close()
		return nil, err
	}
	return c, c.wait()
}

// wait returns once JetStream has a leader that knows all servers: before that, it refuses a stream with a replica on
// each of them.
func (c *TestCluster) wait() error {
	leads := func(s *Server) bool { return len(s.s.JetStreamClusterPeers()) == len(c.Servers) } // 0 if another leads
	if await.True(await.Limit, func() bool { return slices.ContainsFunc(c.Servers, leads) }) {
		return nil
	}
	c.Close()
	return fmt.Errorf("the cluster has no leader of all servers after %s", await.Limit)
}

// Leader is the index of the server that leads a stream, -1 if none does.
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

// Start restarts a killed server.
func (c *TestCluster) Start(i int) error {
	o := *c.options[i]
	o.Routes = c.routes
	s, err := startIn(&o)
	if err == nil {
		c.Servers[i] = &Server{s: s}
	}
	return err
}

// Close ends all servers.
func (c *TestCluster) Close() {
	for i, s := range c.Servers {
		if s != nil {
			c.Kill(i)
		}
	}
}

// Current reports whether every server runs and has caught up with the streams that it keeps.
func (c *TestCluster) Current() bool {
	leads := false
	for _, s := range c.Servers {
		if s == nil || !s.s.JetStreamIsCurrent() || s.s.Healthz(nil).StatusCode != 200 {
			return false
		}
		leads = leads || len(s.s.JetStreamClusterPeers()) == len(c.Servers)
	}
	return leads
}
