package coordinator_test

import (
	"net"
	"strings"
	"sync"
	"testing"
)

// relay is a link to a server that a test can cut, freeze and interrupt.
type relay struct {
	url string

	mu     sync.Mutex
	thawed *sync.Cond
	frozen bool
	over   bool
	conns  []net.Conn
}

func newRelay(t *testing.T, server string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{url: "nats://" + l.Addr().String()}
	r.thawed = sync.NewCond(&r.mu)
	t.Cleanup(func() { l.Close(); r.cut() })
	go func() {
		for {
			a, err := l.Accept()
			if err != nil {
				return
			}
			b, err := net.Dial("tcp", strings.TrimPrefix(server, "nats://"))
			if err != nil || !r.add(a, b) {
				a.Close()
				continue
			}
			go r.copy(a, b)
			go r.copy(b, a)
		}
	}()
	return r
}

func (r *relay) add(a, b net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		b.Close()
		return false
	}
	r.conns = append(r.conns, a, b)
	return true
}

func (r *relay) copy(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		r.mu.Lock()
		for r.frozen && !r.over {
			r.thawed.Wait()
		}
		r.mu.Unlock()
		if err != nil {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (r *relay) freeze() { r.mu.Lock(); defer r.mu.Unlock(); r.frozen = true }

// sleep closes all connections. New connections carry nothing until thaw.
func (r *relay) sleep() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.frozen = true
	for _, c := range r.conns {
		c.Close()
	}
	r.conns = nil
}

func (r *relay) thaw() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.frozen = false
	r.thawed.Broadcast()
}

func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	r.thawed.Broadcast()
	for _, c := range r.conns {
		c.Close()
	}
}
