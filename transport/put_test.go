package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"braid/internal/await"
	"braid/protocol"

	"github.com/nats-io/nats.go/jetstream"
)

// holding is a link to a server that delivers the entry of the first blob, which is the last message of its Put, only
// once release is closed. It closes held when the entry arrives.
type holding struct {
	url           string
	held, release chan struct{}
}

func newHolding(t *testing.T, server string) *holding {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &holding{"nats://" + l.Addr().String(), make(chan struct{}), make(chan struct{})}
	var copies sync.WaitGroup
	t.Cleanup(func() { l.Close(); copies.Wait() })
	copies.Go(func() {
		client, err := l.Accept()
		if err != nil {
			return
		}
		upstream, err := net.Dial("tcp", strings.TrimPrefix(server, "nats://"))
		if err != nil {
			t.Error(err)
			client.Close()
			return
		}
		copies.Go(func() { _, _ = io.Copy(client, upstream); client.Close() })
		h.forward(upstream, client)
		upstream.Close()
	})
	return h
}

// forward copies until it finds the entry, and copies the entry and all that follows after release.
func (h *holding) forward(to io.Writer, from io.Reader) {
	entry, seen, buf := []byte("HPUB $O."), []byte(nil), make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		seen = append(seen[max(0, len(seen)-len(entry)):], buf[:n]...)
		if bytes.Contains(seen, entry) {
			close(h.held)
			<-h.release
			entry = []byte("none follows")
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// A Replace that is cancelled while its last message is not yet delivered does not return before that message is
// stored: otherwise the blob would appear after a sweep of the store.
func TestCancelledBlobDoesNotAppearLater(t *testing.T) {
	server := listen(t, TestOptions{})
	link := newHolding(t, server.URL())
	far, err := Connect(t.Context(), Config{URL: link.url, Name: "far"})
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	near := makeStore(t, connect(t, server)).Namespace("job")
	store, err := far.OpenStore(t.Context(), protocol.DefaultFleet)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), await.Limit)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := store.Namespace("job").Put(ctx, []byte("blob"))
		done <- err
	}()
	<-link.held
	cancel()
	select {
	case err := <-done:
		t.Errorf("Put returned while its last message was on its way: %v", err)
		done <- err
	case <-time.After(settle / 10): // far longer than a Put needs that does not wait
	}
	close(link.release)
	stored := <-done == nil
	blobs, err := near.Blobs(t.Context())
	if err != nil || (len(blobs) == 1) != stored {
		t.Errorf("%v: %d blobs, and Put has stored one: %v", err, len(blobs), stored)
	}
	if err := near.KeepOnly(t.Context(), nil); err != nil {
		t.Error(err)
	}
	noMessages(t, near)
}

// A Replace that is cancelled while it reads removes the chunks that it has stored.
func TestCancelledBlobLeavesNothing(t *testing.T) {
	store := makeStore(t, connect(t, listen(t, TestOptions{})))
	ctx, cancel := context.WithTimeout(t.Context(), await.Limit)
	defer cancel()
	chunks := 0
	reader := readerFunc(func(b []byte) (int, error) {
		if chunks++; chunks == 3 {
			cancel()
		}
		return len(b), nil
	})
	if err := store.Replace(ctx, Hash(nil), 1<<30, reader); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
	if chunks != 3 {
		t.Errorf("%d chunks were read, 2 of them before the end of the context", chunks)
	}
	noMessages(t, store)
}

// A Replace whose server does not answer ends settle after its context.
func TestCancelledBlobWithoutAnswer(t *testing.T) {
	server := listen(t, TestOptions{})
	makeStore(t, connect(t, server))
	link := newHolding(t, server.URL())
	defer close(link.release)
	far, err := Connect(t.Context(), Config{URL: link.url, Name: "far"})
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	store, err := far.OpenStore(t.Context(), protocol.DefaultFleet)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { <-link.held; cancel() }()
	begin := time.Now()
	if _, err := store.Put(ctx, []byte("blob")); err == nil {
		t.Error("no error")
	}
	if took := time.Since(begin); took > 10*settle {
		t.Errorf("took %s", took)
	}
}

type readerFunc func(b []byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// noMessages verifies that the stream of a store is empty.
func noMessages(t *testing.T, s *Store) {
	t.Helper()
	stream, err := s.js.Stream(t.Context(), "OBJ_"+s.name)
	if err != nil {
		t.Fatal(err)
	}
	info, err := stream.Info(t.Context(), jetstream.WithSubjectFilter(">"))
	if err != nil {
		t.Fatal(err)
	}
	if n := info.State.Msgs; n != 0 {
		t.Errorf("%d messages are left: %v", n, info.State.Subjects)
	}
}
