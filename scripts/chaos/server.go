package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"braid/internal/loopback"
)

// server is a NATS server with JetStream and its own store directory.
type server struct {
	*process
	address string // of the client port
	monitor string // address of the monitoring port
	store   string
}

// startServers starts one NATS server, or a cluster of three, and waits until JetStream is healthy.
// The servers of a cluster do not advertise each other, as clients must use their proxies.
func (c *cluster) startServers() error {
	count := 1
	if c.three {
		count = 3
	}
	ports := make([]int, 3*count) // by server: clients, monitoring, routes
	for i := range ports {
		var err error
		if ports[i], err = loopback.FreePort(); err != nil {
			return err
		}
	}
	var routes []string
	for i := range count {
		routes = append(routes, fmt.Sprintf("nats-route://127.0.0.1:%d", ports[3*i+2]))
	}
	for i := range count {
		name := fmt.Sprintf("nats%d", i)
		s := &server{
			address: fmt.Sprintf("127.0.0.1:%d", ports[3*i]),
			monitor: fmt.Sprintf("127.0.0.1:%d", ports[3*i+1]),
			store:   filepath.Join(c.dir, name),
			process: &process{name: name, path: filepath.Join(c.bin, "nats-server"),
				log: filepath.Join(c.dir, name+".log"), clock: c.clock(name)},
		}
		s.args = []string{"-a", "127.0.0.1", "-p", fmt.Sprint(ports[3*i]), "-m", fmt.Sprint(ports[3*i+1]),
			"-js", "-sd", s.store, "-n", name}
		if count > 1 {
			s.args = append(s.args, "--cluster_name", "chaos",
				"--cluster", fmt.Sprintf("nats://127.0.0.1:%d", ports[3*i+2]),
				"--routes", strings.Join(routes, ","), "--no_advertise")
		}
		c.servers = append(c.servers, s)
		if err := s.start(); err != nil {
			return err
		}
	}
	for _, s := range c.servers {
		if err := waitForPort(s.address, 10*time.Second); err != nil {
			return err
		}
	}
	return c.waitForJetStream(20 * time.Second)
}

// waitForJetStream waits until every server reports that its JetStream is healthy.
func (c *cluster) waitForJetStream(limit time.Duration) error {
	client := &http.Client{Timeout: time.Second}
	deadline := time.Now().Add(limit)
	for _, s := range c.servers {
		for {
			r, err := client.Get("http://" + s.monitor + "/healthz")
			if err == nil {
				r.Body.Close()
				if r.StatusCode == http.StatusOK {
					break
				}
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("%s: JetStream is not healthy after %s", s.name, limit)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	return nil
}

// url returns the URLs of all servers, for a program without a proxy.
func (c *cluster) url() string { return "nats://" + strings.Join(c.addresses(0), ",nats://") }

// addresses returns the addresses of all servers, beginning with server n.
func (c *cluster) addresses(n int) []string {
	var all []string
	for i := range c.servers {
		all = append(all, c.servers[(n+i)%len(c.servers)].address)
	}
	return all
}

// streamLeader returns the server that reports leading the most streams, nil if none does.
func (c *cluster) streamLeader() *server {
	client := &http.Client{Timeout: time.Second}
	var best *server
	most := 0
	for _, s := range c.servers {
		n := 0
		r, err := client.Get("http://" + s.monitor + "/jsz?streams=true")
		if err != nil {
			continue
		}
		var report struct {
			Accounts []struct {
				Streams []struct {
					Cluster struct {
						Leader string `json:"leader"`
					} `json:"cluster"`
				} `json:"stream_detail"`
			} `json:"account_details"`
		}
		err = json.NewDecoder(r.Body).Decode(&report)
		r.Body.Close()
		if err != nil {
			continue
		}
		for _, a := range report.Accounts {
			for _, stream := range a.Streams {
				if stream.Cluster.Leader == s.name {
					n++
				}
			}
		}
		if n > most {
			best, most = s, n
		}
	}
	return best
}

// damage flips a bit in every message file of the store and returns the number of altered
// files. The server must be stopped.
func (s *server) damage(draw int) int {
	altered := 0
	_ = filepath.WalkDir(s.store, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".blk") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil || len(b) == 0 {
			return nil
		}
		b[(len(b)/2+draw)%len(b)] ^= 0x10
		if os.WriteFile(path, b, 0o640) == nil {
			altered++
		}
		return nil
	})
	return altered
}
