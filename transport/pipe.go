package transport

import (
	"net"
	"sync"

	"github.com/nats-io/nats.go"
)

// inProcess connects to a server in this process. What it writes waits in memory for the
// server to read it: with a pipe of none the writer would stand still while the server
// hands every chunk on to every worker, and the other way round.
type inProcess struct{ server nats.InProcessConnProvider }

// InProcessConn implements nats.InProcessConnProvider.
func (p inProcess) InProcessConn() (net.Conn, error) {
	conn, err := p.server.InProcessConn()
	if err != nil {
		return nil, err
	}
	b := &buffered{Conn: conn}
	b.changed.L = &b.mu
	go b.run()
	return b, nil
}

// bufferedBytes is how many bytes may wait.
const bufferedBytes = 4 << 20

// buffered is a connection whose writes return before they are read.
type buffered struct {
	net.Conn

	mu      sync.Mutex
	changed sync.Cond
	waiting []byte
	closed  bool
	err     error // of a write
}

// Write takes b, or the error of a write before.
func (b *buffered) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.waiting) > 0 && len(b.waiting)+len(p) > bufferedBytes && b.err == nil && !b.closed {
		b.changed.Wait()
	}
	if b.closed {
		return 0, net.ErrClosed
	}
	if b.err != nil {
		return 0, b.err
	}
	b.waiting = append(b.waiting, p...)
	b.changed.Broadcast()
	return len(p), nil
}

// run hands on what was written.
func (b *buffered) run() {
	var spare []byte
	for {
		b.mu.Lock()
		for len(b.waiting) == 0 && !b.closed {
			b.changed.Wait()
		}
		if b.closed {
			b.mu.Unlock()
			return
		}
		out := b.waiting
		b.waiting = spare[:0]
		b.changed.Broadcast()
		b.mu.Unlock()
		if _, err := b.Conn.Write(out); err != nil {
			b.mu.Lock()
			b.err = err
			b.changed.Broadcast()
			b.mu.Unlock()
			return
		}
		spare = out
	}
}

// Close closes both ends; what waits is lost, as on any connection.
func (b *buffered) Close() error {
	b.mu.Lock()
	b.closed = true
	b.changed.Broadcast()
	b.mu.Unlock()
	return b.Conn.Close()
}
