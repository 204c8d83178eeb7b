package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"braid/internal/await"
	"braid/protocol"
	"braid/transport"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const fleet = protocol.FleetName("test")

// serve starts a server with the configuration that write creates.
func serve(t *testing.T, hosts ...string) (url, dir string) {
	t.Helper()
	return serveSettings(t, settings{listen: "127.0.0.1:-1", fleet: fleet, workers: []string{"w1", "w2"}, tls: hosts})
}

// serveSettings starts a server with the configuration of settings, in a new directory.
func serveSettings(t *testing.T, config settings) (url, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "nats")
	config.dir = dir
	if err := write(config); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	o, err := server.ProcessConfigFile("server.conf")
	if err != nil {
		t.Fatal(err)
	}
	o.NoLog, o.NoSigs = true, true
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(await.Limit) {
		t.Fatal("the server does not start")
	}
	return s.ClientURL(), dir
}

// join connects a user in the same way as the programs do.
func join(t *testing.T, url, dir, user string) *transport.Conn {
	t.Helper()
	c, err := transport.Connect(t.Context(),
		transport.Config{URL: url, Name: user, NKey: filepath.Join(dir, user+".nk"), Inbox: inbox(user)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// Coordinators and workers have the permissions that they need: store, lease and all their subjects.
func TestPermissionsAreSufficient(t *testing.T) {
	url, dir := serve(t)
	lead, w1 := join(t, url, dir, "coordinator"), join(t, url, dir, "w1")
	ctx, cancel := context.WithTimeout(t.Context(), await.Limit)
	defer cancel()
	store, err := lead.MakeStore(ctx, fleet, transport.Keeping{})
	if err != nil {
		t.Fatal(err)
	}
	blob := []byte(strings.Repeat("braid ", 200_000))
	hash, err := store.Put(ctx, blob)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := store.Put(ctx, blob); err != nil || again != hash {
		t.Fatal(again, err)
	}
	lease, err := lead.Acquire(ctx, fleet, "me", 0, transport.Keeping{})
	if err != nil {
		t.Fatal(err)
	}
	if err := lease.Renew(ctx, "me"); err != nil {
		t.Fatal(err)
	}
	if err := lease.Release(ctx); err != nil {
		t.Fatal(err)
	}
	job := transport.Hash([]byte("job"))
	copies := store.Namespace(job)
	for _, b := range []string{"old", "new"} {
		if _, err := copies.Put(ctx, []byte(b)); err != nil {
			t.Fatal(err)
		}
	}
	if err := copies.KeepOnly(ctx, map[string]bool{transport.Hash([]byte("new")): true}); err != nil {
		t.Fatal(err)
	}
	if _, err := copies.Get(ctx, transport.Hash([]byte("old")), 3); !transport.Damaged(err) {
		t.Fatal("an old copy is still there:", err)
	}
	records, err := lead.OpenRecords(ctx, fleet)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := records.Change(ctx, job, lease.Term(), func(r *protocol.Record) { r.Data = job }); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := records.Get(ctx, job); err != nil || r == nil {
		t.Fatal(r, err)
	}
	theirs, err := w1.OpenStore(ctx, fleet)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := theirs.Get(ctx, hash, int64(len(blob))); err != nil || string(got) != string(blob) {
		t.Fatal(len(got), err)
	}
	heard := make(chan string, 10)
	hear := func(c *transport.Conn, subjects ...string) {
		for _, s := range subjects {
			if _, err := c.Subscribe(s, func(r transport.Received) { heard <- r.Subject }); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	void, unheard := lead.Inbox(), w1.Inbox()
	hear(w1, fleet.All(), fleet.Params(), fleet.To(one), fleet.Feed(one), unheard)
	hear(lead, fleet.Join("*"), fleet.From(one), fleet.Up(one), void+".>")
	for _, say := range []struct {
		by             *transport.Conn
		subject, reply string
		want           string
	}{
		{lead, fleet.All(), "", fleet.All()},
		{lead, fleet.Params(), "", fleet.Params()},
		{lead, fleet.To(one), void + ".w1", fleet.To(one)},
		{lead, fleet.To(two), void + ".w2", void + ".w2"}, // no subscriber: NATS replies with "no responders"
		{lead, fleet.Feed(one), "", fleet.Feed(one)},
		{w1, fleet.Join("w1"), "", fleet.Join("w1")},
		{w1, fleet.From(one), unheard, fleet.From(one)},
		{w1, fleet.From(protocol.Address{Worker: "w1", Session: "gone"}), unheard, unheard},
		{w1, fleet.Up(one), "", fleet.Up(one)},
	} {
		if err := say.by.PublishReply(say.subject, say.reply, []byte("x")); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-heard:
			if got != say.want {
				t.Fatalf("%s was heard, want %s", got, say.want)
			}
		case err := <-lead.Broken():
			t.Fatal(err)
		case err := <-w1.Broken():
			t.Fatal(err)
		case <-ctx.Done():
			t.Fatalf("%s was not heard", say.want)
		}
	}
	if err := store.Delete(ctx, hash); err != nil {
		t.Fatal(err)
	}
}

var (
	one = protocol.Address{Worker: "w1", Session: "5a"}
	two = protocol.Address{Worker: "w2", Session: "5b"}
	any = protocol.Address{Worker: "*", Session: "*"}
)

// With studies, workers store blobs, and request and answer pass in both directions.
func TestStudyPermissionsAreSufficient(t *testing.T) {
	url, dir := serveSettings(t, settings{listen: "127.0.0.1:-1", fleet: fleet, workers: []string{"w1"}, studies: true})
	lead, w1 := join(t, url, dir, "coordinator"), join(t, url, dir, "w1")
	ctx, cancel := context.WithTimeout(t.Context(), await.Limit)
	defer cancel()
	if _, err := lead.MakeStore(ctx, fleet, transport.Keeping{}); err != nil {
		t.Fatal(err)
	}
	store, err := w1.OpenStore(ctx, fleet)
	if err != nil {
		t.Fatal(err)
	}
	blob := []byte(strings.Repeat("braid ", 100_000))
	for range 2 {
		if _, err := store.Namespace("study").Put(ctx, blob); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Namespace("study").Replace(ctx, transport.Hash(blob), int64(len(blob)),
		bytes.NewReader(blob)); err != nil {
		t.Fatal(err)
	}
	heard := make(chan string, 2)
	inbox := w1.Inbox()
	for subject, c := range map[string]*transport.Conn{fleet.Study(): lead, inbox: w1} {
		if _, err := c.Subscribe(subject, func(r transport.Received) { heard <- r.Subject }); err != nil {
			t.Fatal(err)
		}
		if err := c.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for _, say := range []struct {
		by      *transport.Conn
		subject string
	}{{w1, fleet.Study()}, {lead, inbox}} {
		if err := say.by.Publish(say.subject, []byte("x")); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-heard:
			if got != say.subject {
				t.Fatalf("%s was heard, want %s", got, say.subject)
			}
		case <-ctx.Done():
			t.Fatalf("%s was not heard", say.subject)
		}
	}
}

// A worker has no other permissions.
func TestWorkerPermissionsAreMinimal(t *testing.T) {
	url, dir := serve(t)
	lead := join(t, url, dir, "coordinator")
	ctx, cancel := context.WithTimeout(t.Context(), await.Limit)
	defer cancel()
	store, err := lead.MakeStore(ctx, fleet, transport.Keeping{})
	if err != nil {
		t.Fatal(err)
	}
	hash, err := store.Put(ctx, []byte("job"))
	if err != nil {
		t.Fatal(err)
	}
	lease, err := lead.Acquire(ctx, fleet, "me", 0, transport.Keeping{})
	if err != nil {
		t.Fatal(err)
	}

	refused := make(chan error, 100)
	key, err := nats.NkeyOptionFromSeed(filepath.Join(dir, "w1.nk"))
	if err != nil {
		t.Fatal(err)
	}
	onError := nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err })
	nc, err := nats.Connect(url, key, nats.CustomInboxPrefix(inbox("w1")), onError)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	expect := func(what string) {
		t.Helper()
		if err := nc.FlushTimeout(await.Limit); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-refused:
			if !errors.Is(err, nats.ErrPermissionViolation) {
				t.Errorf("%s: %v, want a permission violation", what, err)
			}
		case <-time.After(await.Limit):
			t.Errorf("%s was allowed", what)
		}
	}
	for _, subject := range []string{
		fleet.Params(), fleet.All(), fleet.To(two), fleet.To(one), fleet.Feed(one), fleet.Feed(two),
		fleet.Join("w2"), fleet.From(two), fleet.Up(two),
		protocol.FleetName("other").From(one), inbox("w2") + ".x", inbox("coordinator") + ".x",
		"$O." + fleet.Bucket() + ".M.x", "$O." + fleet.Bucket() + ".C.x",
		"$KV." + fleet.LeaseBucket() + ".leader",
		"$KV." + fleet.LeaseBucket() + "_term.term", "$KV." + fleet.LeaseBucket() + "_term.job.x",
		"$JS.API.STREAM.DELETE.OBJ_" + fleet.Bucket(), "$JS.API.STREAM.PURGE.OBJ_" + fleet.Bucket(),
		"$JS.API.STREAM.UPDATE.OBJ_" + fleet.Bucket(), "$JS.API.STREAM.MSG.DELETE.OBJ_" + fleet.Bucket(),
		"$JS.API.STREAM.CREATE.MINE", "$JS.API.STREAM.DELETE.KV_" + fleet.LeaseBucket(),
		"$JS.API.CONSUMER.CREATE.KV_" + fleet.LeaseBucket() + ".x", "$SYS.REQ.SERVER.PING",
	} {
		if err := nc.Publish(subject, []byte("x")); err != nil {
			t.Fatal(err)
		}
		expect("publishing to " + subject)
	}
	for _, subject := range []string{
		fleet.To(two), fleet.To(any), fleet.Feed(two), fleet.Feed(any), fleet.Join("*"),
		fleet.From(two), fleet.From(any), fleet.Up(two), fleet.Up(any),
		inbox("w2") + ".>", inbox("coordinator") + ".>", "_INBOX.>", "$O.>", "$KV.>", "$JS.>", ">",
	} {
		if _, err := nc.SubscribeSync(subject); err != nil {
			t.Fatal(err)
		}
		expect("subscribing to " + subject)
	}

	// The attempts have changed nothing.
	if _, err := store.Get(ctx, hash, 3); err != nil {
		t.Errorf("the store: %v", err)
	}
	if err := lease.Renew(ctx, "me"); err != nil {
		t.Errorf("the lease: %v", err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	short, stop := context.WithTimeout(ctx, 300*time.Millisecond)
	defer stop()
	if err := js.DeleteStream(short, "OBJ_"+fleet.Bucket()); err == nil {
		t.Error("a worker deleted the object store")
	}
}

func TestClientsWithoutKeyAreRejected(t *testing.T) {
	url, _ := serve(t)
	if nc, err := nats.Connect(url); err == nil {
		nc.Close()
		t.Error("a client without a key was accepted")
	}
}

// needsCA verifies that a client trusts the server only with the authority's certificate ca. It sets c.CA to ca.
func needsCA(t *testing.T, c *transport.Config, ca string) {
	t.Helper()
	if conn, err := transport.Connect(t.Context(), *c); err == nil {
		conn.Close()
		t.Error("a server with an unknown certificate was trusted")
	}
	c.CA = ca
	conn, err := transport.Connect(t.Context(), *c)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestTLS(t *testing.T) {
	url, dir := serve(t, "127.0.0.1", "localhost")
	url = strings.Replace(url, "nats://", "tls://", 1)
	c := transport.Config{URL: url, NKey: filepath.Join(dir, "w1.nk"), Inbox: inbox("w1")}
	needsCA(t, &c, filepath.Join(dir, "ca.pem"))
}

// The built-in server of a coordinator accepts the same configuration and certificates.
func TestEmbeddedServerWithKeys(t *testing.T) {
	_, dir := serve(t, "127.0.0.1")
	s, err := transport.Listen("0.0.0.0:0", transport.Guard{Conf: filepath.Join(dir, "server.conf")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	lead, err := transport.Connect(t.Context(), transport.Config{URL: s.URL(), Server: s,
		NKey: filepath.Join(dir, "coordinator.nk"), Inbox: inbox("coordinator")})
	if err != nil {
		t.Fatal(err)
	}
	lead.Close()
	c := transport.Config{URL: fmt.Sprintf("tls://127.0.0.1:%d", s.Port()),
		NKey: filepath.Join(dir, "w1.nk"), Inbox: inbox("w1")}
	needsCA(t, &c, filepath.Join(dir, "ca.pem"))
	if c.NKey = ""; !refused(t, c) {
		t.Error("a client without a key was accepted")
	}
}

// Certificates and a token, without a configuration.
func TestEmbeddedServerWithTLSAndToken(t *testing.T) {
	_, dir := serve(t, "127.0.0.1")
	s, err := transport.Listen("0.0.0.0:0", transport.Guard{Token: "t",
		Cert: filepath.Join(dir, "server.pem"), Key: filepath.Join(dir, "server.key")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := transport.Config{URL: fmt.Sprintf("tls://127.0.0.1:%d", s.Port()), Token: "t", CA: filepath.Join(dir, "ca.pem")}
	conn, err := transport.Connect(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if c.Token = "u"; !refused(t, c) {
		t.Error("a client with another token was accepted")
	}
}

func refused(t *testing.T, c transport.Config) bool {
	conn, err := transport.Connect(t.Context(), c)
	if err == nil {
		conn.Close()
	}
	return err != nil
}

func TestBadNames(t *testing.T) {
	for _, s := range []settings{
		{fleet: "a.b", workers: []string{"w1"}},
		{fleet: fleet, workers: []string{"w.1"}},
		{fleet: fleet, workers: []string{">"}},
		{fleet: fleet, workers: []string{"coordinator"}},
	} {
		s.dir = filepath.Join(t.TempDir(), "nats")
		if err := write(s); err == nil {
			t.Errorf("fleet %q with workers %q was accepted", s.fleet, s.workers)
		}
	}
}
