package main

import (
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// proxy connects one process with the NATS servers, so that the connections of that process
// alone can be cut, delayed or corrupted. A new connection goes to the first upstream server
// that answers; each proxy has a different order of servers. Toxiproxy does not serve: it has
// no bit flips, and it copies every chunk through channels.
type proxy struct {
	listener net.Listener
	upstream []string
	cut      atomic.Bool  // hold all bytes in both directions, with connections left open
	delay    atomic.Int64 // nanoseconds before each chunk is forwarded
	flips    atomic.Int64 // bits still to flip
	flipped  atomic.Int64

	mu    sync.Mutex
	conns map[net.Conn]bool
	rng   *rand.Rand
}

func newProxy(upstream []string, seed uint64) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, upstream: upstream, conns: map[net.Conn]bool{}, rng: rand.New(rand.NewPCG(seed, 1))}
	go p.accept()
	return p, nil
}

func (p *proxy) url() string { return "nats://" + p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		down, err := p.listener.Accept()
		if err != nil {
			return
		}
		go func() {
			up := p.dial()
			if up == nil {
				down.Close()
				return
			}
			p.track(down, up)
			go p.pump(up, down)
			p.pump(down, up)
		}()
	}
}

// dial connects to the first server that answers; nil if none does.
func (p *proxy) dial() net.Conn {
	for _, address := range p.upstream {
		if c, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			return c
		}
	}
	return nil
}

func (p *proxy) track(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.conns[c] = true
	}
}

// pump copies bytes in one direction until either connection closes.
func (p *proxy) pump(from, to net.Conn) {
	defer func() {
		from.Close()
		to.Close()
		p.mu.Lock()
		delete(p.conns, from)
		delete(p.conns, to)
		p.mu.Unlock()
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		for p.cut.Load() {
			time.Sleep(5 * time.Millisecond)
		}
		if d := p.delay.Load(); d > 0 {
			time.Sleep(time.Duration(d))
		}
		p.flip(buffer[:n])
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// flip flips one random bit of a chunk that is large enough to contain a payload.
func (p *proxy) flip(b []byte) {
	if p.flips.Load() <= 0 || len(b) < 512 {
		return
	}
	if p.flips.Add(-1) < 0 {
		return
	}
	p.mu.Lock()
	bit := p.rng.IntN(len(b) * 8)
	p.mu.Unlock()
	b[bit/8] ^= 1 << (bit % 8)
	p.flipped.Add(1)
}

// close ends every connection and the listener.
func (p *proxy) close() {
	p.listener.Close()
	p.cut.Store(false)
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}
