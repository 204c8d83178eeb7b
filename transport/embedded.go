package transport

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Server is a NATS server with JetStream in this process.
type Server struct {
	s   *server.Server
	dir string // removed by Close; "": none
}

// Listen starts a server on host:port. Port 0 means any free port. A server that other machines can reach
// must have a guard.
func Listen(address string, g Guard) (*Server, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("--listen %q is not an address: write 127.0.0.1:4222, or :4222 for all interfaces", address)
	}
	n, err := strconv.Atoi(port)
	if err != nil || n < 0 || n > 65535 {
		return nil, fmt.Errorf("--listen %q: port %q is not 0 to 65535", address, port)
	}
	if n == 0 {
		n = server.RANDOM_PORT
	}
	if host == "" {
		host = "0.0.0.0"
	}
	// Tried here, since the server itself only logs that it cannot listen.
	if n > 0 {
		l, err := net.Listen("tcp", net.JoinHostPort(host, port))
		if err != nil {
			return nil, fmt.Errorf("--listen %s: %w: choose another port, or end the program that has it", address, err)
		}
		_ = l.Close()
	}
	o, err := g.apply(&server.Options{Host: host, Port: n, JetStream: true})
	if err != nil {
		return nil, err
	}
	if open(o) && !Loopback(address) {
		return nil, fmt.Errorf("--listen %s can be reached from other machines and requires no key: give --token, "+
			"or --listen-conf with users or keys", address)
	}
	return start(o)
}

// start starts a server whose store is deleted with it. Checkpoints are in the run directory.
func start(o *server.Options) (*Server, error) {
	dir, err := os.MkdirTemp("", "braid-nats-")
	if err != nil {
		return nil, err
	}
	o.StoreDir = dir
	s, err := startIn(o)
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return &Server{s, dir}, nil
}

// startIn completes the options with those that all embedded servers share, and starts a server.
func startIn(o *server.Options) (*server.Server, error) {
	if o.ServerName == "" {
		o.ServerName = "braid"
	}
	o.NoSigs = true // otherwise the server handles the program's signals
	o.NoLog = true
	if o.MaxPayload == 0 {
		o.MaxPayload = 1 << 20 // the default; chunks are half of it
	}
	o.MaxPending = 256 << 20 // per client: parameters of a large model to a slow worker
	o.PingInterval, o.MaxPingsOut = 2*time.Second, 2
	o.WriteDeadline = 10 * time.Second
	s, err := server.NewServer(o)
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(startLimit) {
		s.Shutdown()
		return nil, fmt.Errorf("the embedded NATS server did not start within %s", startLimit)
	}
	return s, nil
}

// URL returns the URL for clients. Clients of this process need no TLS.
func (s *Server) URL() string { return "nats://" + s.s.Addr().String() }

// Port returns the port that the server listens at.
func (s *Server) Port() int {
	if a, ok := s.s.Addr().(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}

// InProcessConn returns a connection to the server through memory.
func (s *Server) InProcessConn() (net.Conn, error) { return s.s.InProcessConn() }

// Close stops the server and removes its files.
func (s *Server) Close() {
	s.s.Shutdown()
	s.s.WaitForShutdown()
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}
