package transport

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// This file decides which errors of a server are temporary and which end the program. An error that would
// recur, such as that of a limit, ends the program with a message that names the remedy.

// onError receives asynchronous errors. A dropped message ends the program: the protocol never has more
// messages outstanding than the limits allow.
func (conn *Conn) onError(_ *nats.Conn, sub *nats.Subscription, err error) {
	subject := ""
	if sub != nil {
		subject = sub.Subject
	}
	switch {
	case errors.Is(err, nats.ErrSlowConsumer) && conn.overran(sub):
	case errors.Is(err, nats.ErrSlowConsumer):
		n := 0
		if sub != nil {
			n, _ = sub.Dropped()
		}
		conn.dropped.Add(uint64(max(n, 1)))
		conn.fail(fmt.Errorf("NATS dropped %d messages of %s: this program did not read them in time; its host is out "+
			"of memory or processor time", max(n, 1), subject))
	case errors.Is(err, nats.ErrPermissionViolation):
		conn.fail(fmt.Errorf("the NATS server refuses a subject to these credentials (%w): see scripts/nats for the "+
			"permissions that are needed", err))
	case errors.Is(err, nats.ErrMaxSubscriptionsExceeded):
		conn.fail(fmt.Errorf("the NATS server takes no more subscriptions of this connection (%w): raise "+
			"max_subscriptions to 32 and 2 for each worker", err))
	default:
		conn.log.Warn("NATS reports an error", "subject", subject, "error", err)
	}
}

func (conn *Conn) onDisconnect(nc *nats.Conn, err error) {
	if err == nil {
		return
	}
	conn.log.Warn("lost the NATS server, reconnecting", "url", conn.url, "error", err)
	go conn.awaitRoom(nc)
	if errors.Is(err, io.EOF) && conn.closures.tooMany(nc.ConnectedServerId(), time.Now()) {
		conn.fail(fmt.Errorf("the NATS server closed the connection %d times within %s: its max_pending or "+
			"write_deadline is too small for this link; leave them at 64MB and 10s or more", maxClosures, closureTime))
	}
}

func (conn *Conn) onReconnect(nc *nats.Conn) {
	conn.reconnects.Add(1)
	conn.log.Info("reconnected", "url", redact(nc.ConnectedUrl()))
	if now := nc.MaxPayload(); now < conn.payload {
		conn.fail(fmt.Errorf("%s: max_payload is %d bytes and that of the server before is %d: set the same max_payload "+
			"on all servers", redact(nc.ConnectedUrl()), now, conn.payload))
	}
}

// awaitRoom checks, while the connection is lost, whether the server refuses it because of max_connections,
// which nats.go does not report when it reconnects. Such a server may have room soon, so awaitRoom waits as
// for a server that does not answer.
func (conn *Conn) awaitRoom(nc *nats.Conn) {
	if !conn.looking.CompareAndSwap(false, true) {
		return
	}
	defer conn.looking.Store(false)
	for since := (time.Time{}); ; {
		select {
		case <-conn.closed:
			return
		case <-time.After(300 * time.Millisecond):
		}
		if nc.IsConnected() || nc.IsClosed() {
			return
		}
		switch err := conn.named(io.EOF); {
		case !full(err):
			since = time.Time{}
		case since.IsZero():
			since = time.Now()
		case time.Since(since) >= conn.wait:
			conn.fail(conn.explain(err, 0))
			return
		}
	}
}

// Leaderless reports whether an error means that the servers of a cluster elect the leader of a stream at the moment,
// so that no server answered a request. Nothing was stored; a later attempt may succeed.
func Leaderless(err error) bool {
	return errors.Is(err, nats.ErrNoResponders) || errors.Is(err, jetstream.ErrNoStreamResponse)
}

// full reports whether an error means that the server has reached max_connections.
func full(err error) bool {
	return errors.Is(err, nats.ErrMaxConnectionsExceeded) || errors.Is(err, nats.ErrMaxAccountConnectionsExceeded)
}

// named finds out whether a connection that broke at its start exceeded max_connections. The server sends
// that error and closes, and nats.go, which writes first, may not read it.
func (conn *Conn) named(err error) error {
	var op *net.OpError
	if err == nil || full(err) || errors.As(err, &op) && op.Op == "dial" {
		return err
	}
	for _, host := range conn.hosts {
		c, dialled := net.DialTimeout("tcp", host, time.Second)
		if dialled != nil {
			continue
		}
		_ = c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		said, _ := io.ReadAll(io.LimitReader(c, 16<<10))
		_ = c.Close()
		if strings.Contains(strings.ToLower(string(said)), nats.MAX_CONNECTIONS_ERR) {
			return nats.ErrMaxConnectionsExceeded
		}
	}
	return err
}

// onClosed is called when nats.go has given up: a server refuses the credentials twice or reports a violation.
func (conn *Conn) onClosed(nc *nats.Conn) {
	if conn.closing.Load() {
		return
	}
	err := nc.LastError()
	if err == nil {
		err = nats.ErrConnectionClosed
	}
	if errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) || errors.Is(err,
		nats.ErrAuthRevoked) {
		conn.fail(conn.explain(err, 0))
		return
	}
	conn.fail(fmt.Errorf("%s: the NATS server has ended the connection for good: %w", conn.url, err))
}

func (conn *Conn) fail(err error) {
	select {
	case conn.broken <- err:
	default:
	}
}

// A server that closes a connection this often will not recover by itself.
const (
	maxClosures = 10
	closureTime = time.Minute
)

// closures keeps the times at which a server closed the connection.
type closures struct {
	mu     sync.Mutex
	server string
	times  []time.Time // of the same server, the newest maxClosures
}

func (c *closures) tooMany(server string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if server != c.server {
		c.server, c.times = server, nil
	}
	c.times = append(c.times, now)
	if len(c.times) > maxClosures {
		c.times = c.times[1:]
	}
	return len(c.times) == maxClosures && now.Sub(c.times[0]) <= closureTime
}
