package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Config is the address of NATS and the credentials.
type Config struct {
	URL  string // nats://host:4222, several with commas; user and password may be in it
	Name string // shown by nats server tools

	// Wait is the time to wait for a server that cannot be reached or whose JetStream is not ready. 0 means one
	// attempt. A connection that breaks later is renewed without limit.
	Wait time.Duration

	Token       string // of a server without users; safer here than in the URL
	Credentials string // file of a JWT and seed
	NKey        string // file of a seed
	CA          string // file of certificates that sign the server's certificate
	Cert, Key   string // files of the client's own certificate and key
	Inbox       string // prefix of reply subjects, "": _INBOX

	// Server is an embedded server, reached through memory instead of the loopback device. URL then only appears
	// in errors and logs. The type is not *Server, which would add 14 MB of code to the worker.
	Server nats.InProcessConnProvider

	Log hclog.Logger // nil: silent
}

// Conn is a connection to NATS with its counters.
type Conn struct {
	nc  *nats.Conn
	js  jetstream.JetStream
	url string
	log hclog.Logger

	dropped    atomic.Uint64
	overruns   atomic.Uint64
	bounded    sync.Map // *nats.Subscription to its overrun function
	sentBytes  atomic.Uint64
	sent       atomic.Uint64
	reconnects atomic.Uint64
	broken     chan error
	wait       time.Duration
	payload    int64 // MaxPayload of the first server
	closing    atomic.Bool
	closed     chan struct{} // closed when closing becomes true
	looking    atomic.Bool
	closures   closures
	hosts      []string // host:port of the URLs

	seen sighting
}

// Pending limits of a subscription. Credit keeps pending messages far below, so that a drop is a fault in the
// protocol and not a sign of load.
const (
	pendingMessages = 1 << 20
	pendingBytes    = 1 << 30
)

// Connect connects to NATS. An error is one line and names the remedy.
func Connect(ctx context.Context, c Config) (*Conn, error) {
	if c.Log == nil {
		c.Log = hclog.NewNullLogger()
	}
	if err := checkURL(c.URL); err != nil {
		return nil, err
	}
	conn := &Conn{url: redact(c.URL), log: c.Log, broken: make(chan error, 1), wait: c.Wait, hosts: hosts(c.URL),
		closed: make(chan struct{})}
	options, err := c.options(conn)
	if err != nil {
		return nil, err
	}
	if err := conn.dial(ctx, c, options); err != nil {
		return nil, err
	}
	conn.payload = conn.nc.MaxPayload()
	if conn.js, err = jetstream.New(conn.nc); err != nil {
		conn.nc.Close()
		return nil, err
	}
	return conn, nil
}

func (conn *Conn) dial(ctx context.Context, c Config, options []nats.Option) (err error) {
	begin := time.Now()
	said := begin
	for {
		if conn.nc, err = nats.Connect(c.URL, options...); err == nil {
			return nil
		}
		waited := time.Since(begin)
		if waited >= c.Wait || !mayPass(err) {
			return conn.explain(err, waited)
		}
		if time.Since(said) >= 2*time.Second || said.Equal(begin) {
			said = time.Now()
			conn.log.Info("waiting for the NATS server", "url", conn.url, "error", err, "for",
				(c.Wait - waited).Round(time.Second))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// mayPass reports whether a failed attempt may succeed later: the server does not listen yet, or it closes
// connections while it starts.
func mayPass(err error) bool {
	if errors.Is(err, nats.ErrNoServers) || errors.Is(err, nats.ErrTimeout) || errors.Is(err, io.EOF) {
		return true
	}
	var op *net.OpError
	return errors.As(err, &op)
}

func (conn *Conn) explain(err error, waited time.Duration) error {
	err = conn.named(err)
	switch {
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired):
		return fmt.Errorf("%s: the NATS server refuses these credentials (%w): check --token, user and password in the "+
			"URL, or --creds and --nkey", conn.url, err)
	case full(err):
		return fmt.Errorf("%s: %w: raise max_connections of the NATS server, or start fewer workers; a worker has two "+
			"connections, a coordinator four", conn.url, err)
	case strings.Contains(err.Error(), "no such host"):
		return fmt.Errorf("%s: %w: check the host's name in --nats", conn.url, err)
	}
	after := ""
	if waited >= time.Second {
		after = fmt.Sprintf(" after %s", waited.Round(time.Second))
	}
	return fmt.Errorf("%s: no NATS server answers%s (%w): start one with nats-server -js, correct --nats, or start "+
		"the coordinator with --listen", conn.url, after, err)
}

func checkURL(list string) error {
	if list == "" {
		return errors.New("--nats is empty: give a URL, as nats://127.0.0.1:4222")
	}
	for _, raw := range strings.Split(list, ",") {
		raw = strings.TrimSpace(raw)
		if !strings.Contains(raw, "://") {
			raw = "nats://" + raw
		}
		u, err := url.Parse(raw)
		if err != nil {
			return fmt.Errorf("--nats %q is not a URL: write nats://host:4222", redact(raw))
		}
		switch u.Scheme {
		case "nats", "tls", "ws", "wss":
		default:
			return fmt.Errorf("--nats %q: scheme %s is not NATS: write nats://host:4222", redact(raw), u.Scheme)
		}
		if u.Hostname() == "" {
			return fmt.Errorf("--nats %q has no host: write nats://host:4222", redact(raw))
		}
	}
	return nil
}

// hosts returns host:port of each URL of a list that checkURL has accepted.
func hosts(list string) (hosts []string) {
	for _, raw := range strings.Split(list, ",") {
		raw = strings.TrimSpace(raw)
		if !strings.Contains(raw, "://") {
			raw = "nats://" + raw
		}
		u, err := url.Parse(raw)
		if err != nil || u.Scheme != "nats" && u.Scheme != "tls" {
			continue
		}
		port := u.Port()
		if port == "" {
			port = "4222"
		}
		hosts = append(hosts, net.JoinHostPort(u.Hostname(), port))
	}
	return hosts
}

// redact hides passwords and tokens in messages. A user without a password is a token.
func redact(list string) string {
	parts := strings.Split(list, ",")
	for i, p := range parts {
		if u, err := url.Parse(strings.TrimSpace(p)); err == nil {
			if _, password := u.User.Password(); u.User != nil && !password {
				u.User = url.User("xxxxx")
			}
			parts[i] = u.Redacted()
		} else if _, host, ok := strings.Cut(p, "@"); ok {
			parts[i] = host
		}
	}
	return strings.Join(parts, ",")
}

func (c Config) options(conn *Conn) ([]nats.Option, error) {
	o := []nats.Option{
		nats.Name(c.Name),
		// A peer that is frozen or cut off sends nothing. With NATS's defaults it would be noticed after four
		// minutes.
		nats.PingInterval(time.Second), nats.MaxPingsOutstanding(3),
		nats.Timeout(2 * time.Second),
		// The run outlives its server: reconnect without limit, soon, and not all clients at once.
		nats.MaxReconnects(-1), nats.ReconnectWait(100 * time.Millisecond), nats.ReconnectJitter(100*time.Millisecond,
			200*time.Millisecond),
		// Publishing without a connection fails at once: the protocol sends again. Buffered bytes would arrive
		// too late.
		nats.ReconnectBufSize(-1),
		// No write buffer: a small message would wait for the flushing goroutine, and a step waits for small
		// messages.
		nats.WriteBufferSize(1),
		// A frozen server blocks writes; without a deadline they never return.
		nats.FlusherTimeout(5 * time.Second),
		nats.ErrorHandler(conn.onError),
		nats.DisconnectErrHandler(conn.onDisconnect),
		nats.ReconnectHandler(conn.onReconnect),
		nats.ClosedHandler(conn.onClosed),
	}
	if c.Server != nil {
		o = append(o, nats.InProcessServer(c.Server))
	}
	if c.Inbox != "" {
		o = append(o, nats.CustomInboxPrefix(c.Inbox))
	}
	for flag, file := range map[string]string{"--creds": c.Credentials, "--tls-ca": c.CA, "--tls-cert": c.Cert,
		"--tls-key": c.Key} {
		if file == "" {
			continue
		}
		// Checked here: nats.go would report a missing file as a server that does not answer.
		if _, err := os.ReadFile(file); err != nil {
			return nil, fmt.Errorf("%s: %w: give the path of a file that can be read", flag, err)
		}
	}
	if c.Token != "" {
		o = append(o, nats.Token(c.Token))
	}
	if c.Credentials != "" {
		o = append(o, nats.UserCredentials(c.Credentials))
	}
	if c.NKey != "" {
		key, err := nats.NkeyOptionFromSeed(c.NKey)
		if err != nil {
			return nil, fmt.Errorf("--nkey %s: %w", c.NKey, err)
		}
		o = append(o, key)
	}
	if c.CA != "" {
		o = append(o, nats.RootCAs(c.CA))
	}
	if c.Cert != "" || c.Key != "" {
		o = append(o, nats.ClientCert(c.Cert, c.Key))
	}
	return o, nil
}
