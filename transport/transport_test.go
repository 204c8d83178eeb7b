package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"braid/internal/await"
	"braid/internal/loopback"
	"braid/protocol"

	"github.com/hashicorp/go-hclog"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		// A goroutine of nats.go 1.55 waits forever on a nil channel if a connection closes at the
		// start of the first asynchronous publish.
		const leaks = "github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect"
		theirs := goleak.IgnoreTopFunction(leaks)
		if err := goleak.Find(theirs); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}

func listen(t *testing.T, o TestOptions) *Server {
	t.Helper()
	s, err := ListenTest(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func connect(t *testing.T, s *Server) *Conn {
	t.Helper()
	c, err := Connect(t.Context(), Config{URL: s.URL(), Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// A rejected URL or address causes an error of one line with the fix.
func TestRefusals(t *testing.T) {
	for _, test := range []struct{ url, want string }{
		{"", "--nats is empty"},
		{"http://127.0.0.1:4222", "scheme http is not NATS"},
		{"nats://", "has no host"},
		{"nats://127.0.0.1:1", "no NATS server answers"},
		{"nats://user:secret@127.0.0.1:1", "user:xxxxx@127.0.0.1:1: no NATS server answers"},
	} {
		_, err := Connect(t.Context(), Config{URL: test.url})
		if err == nil || !strings.Contains(err.Error(), test.want) ||
			strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", test.url, err, test.want)
		}
	}
	for _, address := range []string{"4222", "127.0.0.1:x", "127.0.0.1:70000"} {
		if s, err := Listen(address, Guard{}); err == nil {
			s.Close()
			t.Errorf("--listen %s is accepted", address)
		}
	}
	s := listen(t, TestOptions{})
	if other, err := Listen(strings.TrimPrefix(s.URL(), "nats://"), Guard{}); err == nil {
		other.Close()
		t.Error("two servers on one address")
	}
}

func TestServerThatLacksSomething(t *testing.T) {
	bare := connect(t, listen(t, TestOptions{NoJetStream: true}))
	err := bare.NeedJetStream(t.Context())
	want := "JetStream is off: start the server with nats-server -js"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
	narrow := connect(t, listen(t, TestOptions{MaxPayload: 64 << 10}))
	_, err = narrow.Chunk()
	want = "max_payload is 65536 bytes, Braid needs 266240: set max_payload: 1MB"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}

// With Wait, Connect waits for a server that starts later.
func TestWaitsForTheServer(t *testing.T) {
	port, err := loopback.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	// The server starts after the first failed attempt.
	waits := make(chan struct{}, 1)
	log := hclog.New(&hclog.LoggerOptions{Output: onWrite(func() {
		select {
		case waits <- struct{}{}:
		default:
		}
	})})
	started := make(chan error, 1)
	go func() {
		<-waits
		s, err := ListenTest(TestOptions{Port: port})
		if err == nil {
			t.Cleanup(s.Close)
		}
		started <- err
	}()
	c, err := Connect(t.Context(), Config{URL: fmt.Sprint("nats://127.0.0.1:", port), Wait: 30 * time.Second, Log: log})
	if err := errors.Join(err, <-started); err != nil {
		t.Fatal(err)
	}
	c.Close()
}

// onWrite is a writer that calls a function at each Write.
type onWrite func()

func (f onWrite) Write(b []byte) (int, error) { f(); return len(b), nil }

func TestBlobs(t *testing.T) {
	c := connect(t, listen(t, TestOptions{}))
	s, err := c.MakeStore(t.Context(), protocol.DefaultFleet, Keeping{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	blob := bytes.Repeat([]byte("braid"), 300_000)
	hash, err := s.Put(t.Context(), blob)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.Put(t.Context(), blob); err != nil || again != hash {
		t.Error("a second Put:", again, err)
	}
	got, err := s.Get(t.Context(), hash, int64(len(blob)))
	if err != nil || !bytes.Equal(got, blob) {
		t.Error("not the same blob:", err)
	}
	if _, err := s.Get(t.Context(), hash, int64(len(blob))-1); err == nil {
		t.Error("a blob of another size is accepted")
	}
	if _, err := s.Get(t.Context(), Hash([]byte("missing")), 7); err == nil {
		t.Error("a missing blob is found")
	}
	if _, err := s.Small(t.Context(), hash, 1000); err == nil {
		t.Error("Small accepts a large blob")
	}
}

// One leader holds the lease, the next has a greater term, and the former leader notices the loss.
func TestLease(t *testing.T) {
	c := connect(t, listen(t, TestOptions{}))
	first, err := c.Acquire(t.Context(), protocol.DefaultFleet, "a", 0, Keeping{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Acquire(t.Context(), protocol.DefaultFleet, "b", 0, Keeping{Memory: true}); !errors.Is(err, ErrHeld) {
		t.Fatal("two leaders:", err)
	}
	if err := first.Renew(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if err := first.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	second, err := c.Acquire(t.Context(), protocol.DefaultFleet, "b", 7, Keeping{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	if second.Term() <= first.Term() || second.Term() != 8 {
		t.Errorf("term %d after %d", second.Term(), first.Term())
	}
	if err := first.Renew(t.Context(), "a"); !Lost(err) {
		t.Error("the first still leads:", err)
	}
}

// If the server drops a lease too early, for example because its clock jumps ahead, the holder
// acquires it again, unless there has been another leader.
func TestLeaseThatWasForgotten(t *testing.T) {
	c := connect(t, listen(t, TestOptions{}))
	acquire := func(holder string) (*Lease, error) {
		return c.Acquire(t.Context(), protocol.DefaultFleet, holder, 0, Keeping{Memory: true})
	}
	forget := func() {
		t.Helper()
		stream, err := c.js.Stream(t.Context(), "KV_"+protocol.DefaultFleet.LeaseBucket())
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	first, err := acquire("a")
	if err != nil {
		t.Fatal(err)
	}
	forget()
	if err := first.Renew(t.Context(), "a"); err != nil {
		t.Fatal("no other holder, but:", err)
	}
	if _, err := acquire("b"); !errors.Is(err, ErrHeld) {
		t.Fatal("two leaders:", err)
	}
	// A renewal whose reply was lost.
	if _, err := first.kv.Update(t.Context(), leaseKey, []byte("a"), first.revision); err != nil {
		t.Fatal(err)
	}
	if err := first.Renew(t.Context(), "a"); err != nil {
		t.Fatal("the last renewal was the holder's own, but:", err)
	}
	forget()
	second, err := acquire("b")
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Renew(t.Context(), "a"); !Lost(err) {
		t.Error("the first still leads:", err)
	}
	forget() // "a" finds no lease, but a newer term
	if err := first.Renew(t.Context(), "a"); !Lost(err) {
		t.Error("the first leads again with an old term:", err)
	}
	if err := second.Renew(t.Context(), "b"); err != nil {
		t.Error("the second lost the lease without a successor:", err)
	}
}

// If the server keeps a lease too long, for example because its clock was set back, the lease ends
// when a candidate has seen no renewal for the lease's whole duration.
func TestLeaseThatIsKeptTooLong(t *testing.T) {
	c := connect(t, listen(t, TestOptions{}))
	acquire := func() (*Lease, error) {
		return c.Acquire(t.Context(), protocol.DefaultFleet, "b", 0, Keeping{Memory: true})
	}
	first, err := c.Acquire(t.Context(), protocol.DefaultFleet, "a", 0, Keeping{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	later := func() { c.seen.since = c.seen.since.Add(-DefaultLease) }
	if _, err := acquire(); !errors.Is(err, ErrHeld) {
		t.Fatal("taken over at first sight:", err)
	}
	if err := first.Renew(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	later()
	if _, err := acquire(); !errors.Is(err, ErrHeld) {
		t.Fatal("taken over although it was renewed:", err)
	}
	later()
	second, err := acquire()
	if err != nil {
		t.Fatal("not taken over:", err)
	}
	if err := first.Renew(t.Context(), "a"); !Lost(err) || second.Term() <= first.Term() {
		t.Error("the first still leads:", err, first.Term(), second.Term())
	}
}

// A lease that is no longer renewed expires. Its duration is the one set by its holder, not by an earlier
// holder or by the candidate.
func TestLeaseExpires(t *testing.T) {
	c := connect(t, listen(t, TestOptions{}))
	holder := "a"
	acquire := func(lease time.Duration) (*Lease, error) {
		return c.Acquire(t.Context(), protocol.DefaultFleet, holder, 0, Keeping{Memory: true, Lease: lease})
	}
	earlier, err := acquire(time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := earlier.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	first, err := acquire(MinLease)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Renew(t.Context(), holder); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	holder = "b"
	await.Until(t, "the lease is free", func() bool { _, err = acquire(time.Hour); return err == nil })
	if took := time.Since(begin); took < first.Deadline().Sub(begin) {
		t.Errorf("taken over after %s, before the holder stops acting on it", took)
	}
}

func TestCheckLease(t *testing.T) {
	for lease, ok := range map[time.Duration]bool{
		0: true, MinLease: true, MinLease - 1: false, -1: false, time.Hour: true,
	} {
		if err := CheckLease(lease); (err == nil) != ok {
			t.Errorf("%s: %v", lease, err)
		}
	}
}

// Messages arrive complete, in order and without loss, even if the reader starts late. NATS reports at
// once that a subject has no subscriber.
func TestMessages(t *testing.T) {
	s := listen(t, TestOptions{})
	a, b := connect(t, s), connect(t, s)
	const n = 200
	var mu sync.Mutex
	var got []byte
	done := make(chan struct{})
	body := make([]byte, 256<<10)
	published := make(chan struct{})
	_, err := b.Subscribe("x", func(r Received) {
		<-published
		mu.Lock()
		defer mu.Unlock()
		if len(r.Data) != len(body) {
			t.Errorf("%d bytes", len(r.Data))
		}
		if got = append(got, r.Data[0]); len(got) == n {
			close(done)
		}
	})
	if err == nil {
		err = b.Flush(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		body[0] = byte(i)
		if err := a.Publish("x", body); err != nil {
			t.Fatal(err)
		}
	}
	close(published)
	select {
	case <-done:
	case <-time.After(await.Limit):
		t.Fatal("messages are missing")
	}
	for i, v := range got {
		if v != byte(i) {
			t.Fatalf("message %d is %d", i, v)
		}
	}
	if c := b.Counters(); c.Dropped != 0 || c.Received != n || c.ReceivedBytes != n*uint64(len(body)) {
		t.Errorf("%+v", c)
	}

	void := make(chan Received, 1)
	if _, err := a.Subscribe("void.*", func(r Received) { void <- r }); err != nil {
		t.Fatal(err)
	}
	if err := a.PublishReply("nobody", "void.w1", []byte("x")); err != nil {
		t.Fatal(err)
	}
	select {
	case r := <-void:
		if !r.Void || r.Subject != "void.w1" {
			t.Errorf("%+v", r)
		}
	case <-time.After(await.Limit):
		t.Fatal("NATS does not report that there is no responder")
	}
}

// A dropped message breaks the connection with an error that names the drop.
func TestDropIsFatal(t *testing.T) {
	s := listen(t, TestOptions{})
	a, b := connect(t, s), connect(t, s)
	sub, err := b.nc.SubscribeSync("x") // never read
	if err == nil {
		err = sub.SetPendingLimits(2, 1<<20)
	}
	if err == nil {
		err = b.Flush(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if err := a.Publish("x", []byte("y")); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case err := <-b.Broken():
		if !strings.Contains(err.Error(), "NATS dropped") || b.Counters().Dropped == 0 {
			t.Error(err, b.Counters())
		}
	case <-time.After(await.Limit):
		t.Fatal("the drop is not reported")
	}
}

func TestPublishWhileTheServerIsAwayFails(t *testing.T) {
	s := listen(t, TestOptions{})
	c := connect(t, s)
	s.Close()
	await.Until(t, "the connection is lost", func() bool { return !c.Connected() })
	if err := c.Publish("x", []byte("y")); err == nil {
		t.Error("Publish succeeds without a connection")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := c.Flush(ctx); err == nil {
		t.Error("Flush succeeds without a connection")
	}
}

// Check and Get report at once that a blob with a missing chunk is damaged. Get also ends if the server
// does not notice the loss.
func TestLostChunk(t *testing.T) {
	c := connect(t, listen(t, TestOptions{}))
	s, err := c.MakeStore(t.Context(), protocol.DefaultFleet, Keeping{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	blob := bytes.Repeat([]byte("braid"), 1<<19)
	hash, err := s.Put(t.Context(), blob)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := c.js.Stream(t.Context(), "OBJ_"+protocol.DefaultFleet.Bucket())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.DeleteMsg(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if err := s.Check(t.Context(), hash, int64(len(blob))); !Damaged(err) {
		t.Errorf("Check: %v", err)
	}
	if _, err := s.Get(t.Context(), hash, int64(len(blob))); !Damaged(err) || time.Since(begin) > stallCheck {
		t.Errorf("Get: %v after %s", err, time.Since(begin))
	}
	if err := s.PutFrom(t.Context(), hash, int64(len(blob)), bytes.NewReader(blob)); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(t.Context(), hash, int64(len(blob))); err != nil || !bytes.Equal(got, blob) {
		t.Errorf("stored again: %v", err)
	}
}

// A fetch that receives nothing ends, and its reader does not block.
func TestStalledFetch(t *testing.T) {
	c := connect(t, listen(t, TestOptions{}))
	s := &Store{conn: c}
	p, stop := s.watch(t.Context())
	defer stop()
	select {
	case <-p.ctx.Done():
	case <-time.After(10 * stallCheck):
		t.Fatal("the fetch does not end")
	}
	if !p.lost.Load() {
		t.Error("the loss is not recorded")
	}
	if at, ok := p.ctx.Deadline(); !ok || time.Until(at) > stallCheck {
		t.Error("the context has no deadline, so nats.go would not end")
	}
}
