package coordinator

import (
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// Clients open many connections and send a request byte by byte, or nothing. At most
// metricsConnections are open at once, each is closed after metricsRead, and a scrape succeeds.
func TestSlowClientsHoldNoMetrics(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	counted := &counting{Listener: l}
	page := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "braid_workers 1\n") }
	defer serve(counted, http.HandlerFunc(page))()
	var slow []net.Conn
	for i := range 2 * metricsConnections {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		slow = append(slow, c)
		if i%2 == 0 {
			_, _ = io.WriteString(c, "GET /metrics HTTP/1.1\r\nX-Slow: ")
		}
	}
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(200 * time.Millisecond):
				for _, c := range slow {
					_, _ = io.WriteString(c, "x")
				}
			}
		}
	}()
	client := http.Client{Timeout: 10 * metricsRead}
	defer client.CloseIdleConnections()
	answer, err := client.Get("http://" + l.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil || string(text) != "braid_workers 1\n" {
		t.Errorf("%v: %q", err, text)
	}
	if n := counted.most.Load(); n > metricsConnections {
		t.Errorf("%d connections at once, want at most %d", n, metricsConnections)
	}
}

// counting counts the connections that are open at once.
type counting struct {
	net.Listener
	open, most atomic.Int64
}

func (l *counting) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if n := l.open.Add(1); n > l.most.Load() {
		l.most.Store(n)
	}
	return &countedConn{Conn: c, l: l}, nil
}

type countedConn struct {
	net.Conn
	l      *counting
	closed atomic.Bool
}

func (c *countedConn) Close() error {
	if !c.closed.Swap(true) {
		c.l.open.Add(-1)
	}
	return c.Conn.Close()
}
