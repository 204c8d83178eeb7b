package transport

import (
	"context"
	"errors"
	"fmt"
	"time"

	"braid/protocol"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Received is a received message.
type Received struct {
	Subject string
	Data    []byte // owned by the receiver
	Void    bool   // not a message: NATS reports that a message with this reply subject had no subscriber
}

// Counters count the messages and bytes of a connection. Dropped must stay 0. Overruns counts the
// episodes in which bounded subscriptions lost messages.
type Counters struct {
	Sent, SentBytes, Received, ReceivedBytes, Dropped, Overruns, Reconnects uint64
}

// Plus adds the counters of two connections.
func (c Counters) Plus(d Counters) Counters {
	return Counters{c.Sent + d.Sent, c.SentBytes + d.SentBytes, c.Received + d.Received, c.ReceivedBytes + d.ReceivedBytes,
		c.Dropped + d.Dropped, c.Overruns + d.Overruns, c.Reconnects + d.Reconnects}
}

// URL returns the server's URL without password.
func (conn *Conn) URL() string { return conn.url }

// Broken returns a channel with the error that must end the program: a dropped message, a refused subject.
func (conn *Conn) Broken() <-chan error { return conn.broken }

// MaxPayload returns the server's limit on a message with its headers, in bytes.
func (conn *Conn) MaxPayload() int64 { return conn.nc.MaxPayload() }

// Chunk returns the number of bytes of a tensor that one message may carry.
func (conn *Conn) Chunk() (int, error) {
	n, err := protocol.ChunkSize(conn.nc.MaxPayload())
	if err != nil {
		return 0, fmt.Errorf("%s: %w", conn.url, err)
	}
	return n, nil
}

// Connected reports whether the connection is up now.
func (conn *Conn) Connected() bool { return conn.nc.IsConnected() }

// Counters returns the counters.
func (conn *Conn) Counters() Counters {
	s := conn.nc.Stats()
	return Counters{Sent: conn.sent.Load(), SentBytes: conn.sentBytes.Load(), Received: s.InMsgs, ReceivedBytes: s.InBytes,
		Dropped: conn.dropped.Load(), Overruns: conn.overruns.Load(), Reconnects: conn.reconnects.Load()}
}

// Publish sends a frame. A nil error means that the frame was written to the connection, not that
// anyone receives it. The caller may reuse the frame after the call.
func (conn *Conn) Publish(subject string, frame []byte) error {
	return conn.PublishReply(subject, "", frame)
}

// PublishReply is Publish with a reply subject, on which NATS reports if the message has no subscriber.
func (conn *Conn) PublishReply(subject, reply string, frame []byte) error {
	conn.sent.Add(1)
	conn.sentBytes.Add(uint64(len(frame)))
	if reply == "" {
		return conn.nc.Publish(subject, frame)
	}
	return conn.nc.PublishRequest(subject, reply, frame)
}

// Subscribe calls receive for every message on a subject, one call at a time, in the order of each
// publisher. A call that runs when stop is called still ends.
func (conn *Conn) Subscribe(subject string, receive func(Received)) (stop func(), err error) {
	sub, err := conn.nc.Subscribe(subject, func(m *nats.Msg) { receive(received(m)) })
	if err != nil {
		return nil, err
	}
	return func() { _ = sub.Unsubscribe() }, sub.SetPendingLimits(pendingMessages, pendingBytes)
}

// Inbox returns a random subject that only this connection's user may subscribe to.
func (conn *Conn) Inbox() string { return conn.nc.NewInbox() }

func received(m *nats.Msg) Received {
	void := len(m.Data) == 0 && m.Header.Get("Status") == "503"
	return Received{Subject: m.Subject, Data: m.Data, Void: void}
}

// Flush returns once the server has processed all earlier publications and subscriptions.
func (conn *Conn) Flush(ctx context.Context) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
	}
	return conn.nc.FlushWithContext(ctx)
}

// Close flushes if it can, and ends the connection.
func (conn *Conn) Close() {
	if !conn.closing.Swap(true) {
		close(conn.closed)
	}
	if conn.nc.IsConnected() {
		_ = conn.nc.FlushTimeout(time.Second)
	}
	conn.nc.Close()
}

// NeedJetStream returns an error if the server has no JetStream. It waits for a JetStream that is not
// ready, as during an election in a cluster.
func (conn *Conn) NeedJetStream(ctx context.Context) error {
	return conn.patiently(ctx, "JetStream", func(ctx context.Context) error {
		_, err := conn.js.AccountInfo(ctx)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, nats.ErrNoResponders), errors.Is(err,
			jetstream.ErrJetStreamNotEnabledForAccount):
			return final{fmt.Errorf("%s: JetStream is off: start the server with nats-server -js, or jetstream {} in its "+
				"configuration", conn.url)}
		}
		return fmt.Errorf("%s: asking for JetStream: %w", conn.url, err)
	})
}

// final marks an error that a retry does not mend.
type final struct{ error }

func (f final) Unwrap() error { return f.error }

// patiently calls try until it succeeds, fails for good, or Config.Wait has passed. It logs the wait.
func (conn *Conn) patiently(ctx context.Context, what string, try func(context.Context) error) error {
	begin, said := time.Now(), time.Time{}
	// A cluster that has just started loses requests, so that early attempts are short. The last attempt,
	// which may be the only one, has its full time.
	const full = 5 * time.Second
	for limit := time.Second; ; limit *= 2 {
		if time.Since(begin)+limit >= conn.wait {
			limit = full
		}
		attempt, cancel := context.WithTimeout(ctx, min(limit, full))
		err := try(attempt)
		cancel()
		waited := time.Since(begin)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, new(final)) || refused(err):
			return err
		case waited >= conn.wait:
			if waited >= time.Second {
				err = fmt.Errorf("%w (waited %s; --wait gives it longer)", err, waited.Round(time.Second))
			}
			return err
		}
		if time.Since(said) >= 2*time.Second {
			said = time.Now()
			conn.log.Info("waiting for "+what, "url", conn.url, "error", err, "for", (conn.wait - waited).Round(time.Second))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}
