package main

import (
	"io"
	"net"
	"sync/atomic"
)

// relay forwards connections to a server and counts the bytes.
type relay struct {
	listener net.Listener
	server   string
	down, up atomic.Int64 // from the server, to the server
}

// newRelay listens on loopback. Panics if it cannot: nothing can be measured in that case.
func newRelay(server string) *relay {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	r := &relay{listener: l, server: server}
	go r.accept()
	return r
}

func (r *relay) address() string { return r.listener.Addr().String() }
func (r *relay) close()          { _ = r.listener.Close() }

func (r *relay) accept() {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", r.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		go pass(server, client, &r.up)
		go pass(client, server, &r.down)
	}
}

// pass copies until either connection closes, then closes both.
func pass(to, from net.Conn, count *atomic.Int64) {
	_, _ = io.Copy(to, io.TeeReader(from, counter{count}))
	_ = to.Close()
	_ = from.Close()
}

// counter counts the bytes written to it.
type counter struct{ n *atomic.Int64 }

func (c counter) Write(b []byte) (int, error) {
	c.n.Add(int64(len(b)))
	return len(b), nil
}
