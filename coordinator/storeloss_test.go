package coordinator_test

import (
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"braid/coordinator"
	"braid/run"
	"braid/train"
	"braid/transport"

	"github.com/hashicorp/go-hclog"
)

// newClusterIn is newCluster with a store in dir, which a test may damage.
func newClusterIn(t *testing.T, dir string) *cluster {
	t.Helper()
	s, err := transport.ListenTest(transport.TestOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t, s, hclog.NewNullLogger()}
	if testing.Verbose() {
		c.log = hclog.New(&hclog.LoggerOptions{Output: writer{t}, Level: hclog.Debug, TimeFormat: "05.000"})
	}
	t.Cleanup(func() { c.server.Close() })
	return c
}

// restart stops the server, calls harm, and starts the server on the same port.
func (c *cluster) restart(dir string, harm func()) {
	c.t.Helper()
	at, err := url.Parse(c.server.URL())
	if err != nil {
		c.t.Fatal(err)
	}
	port, err := strconv.Atoi(at.Port())
	if err != nil {
		c.t.Fatal(err)
	}
	c.server.Close()
	harm()
	s, err := transport.ListenTest(transport.TestOptions{Dir: dir, Port: port})
	if err != nil {
		c.t.Fatal(err)
	}
	c.server = s
}

// eachFile changes every file of a store, or removes those for which change returns nil.
func eachFile(t *testing.T, dir string, change func(path string, b []byte) []byte) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if b = change(path, b); b == nil {
			return os.Remove(path)
		}
		return os.WriteFile(path, b, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A server returns with an empty or corrupted store, and the only worker is lost: a new worker computes
// the next step within ten seconds, and the model is the same.
func TestServerLosesItsStore(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some leases")
	}
	flip := func(_ string, b []byte) []byte {
		random := rand.New(rand.NewPCG(1, uint64(len(b))))
		for i := 0; i < len(b); i += 1 + random.IntN(200) {
			b[i] ^= byte(1 + random.IntN(255))
		}
		return b
	}
	for name, harm := range map[string]func(t *testing.T, dir string){
		"wiped":   func(t *testing.T, dir string) { eachFile(t, dir, func(string, []byte) []byte { return nil }) },
		"removed": func(t *testing.T, dir string) { _ = os.RemoveAll(dir) },
		"flipped": func(t *testing.T, dir string) { eachFile(t, dir, flip) },
		"truncated": func(t *testing.T, dir string) {
			eachFile(t, dir, func(_ string, b []byte) []byte { return b[:len(b)/2] })
		},
		"zeroed": func(t *testing.T, dir string) {
			eachFile(t, dir, func(_ string, b []byte) []byte { clear(b); return b })
		},
		"blocks flipped": func(t *testing.T, dir string) {
			eachFile(t, dir, func(path string, b []byte) []byte {
				if filepath.Ext(path) == ".blk" {
					return flip(path, b)
				}
				return b
			})
		},
		"blocks removed": func(t *testing.T, dir string) {
			eachFile(t, dir, func(path string, b []byte) []byte {
				if filepath.Ext(path) == ".blk" {
					return nil
				}
				return b
			})
		},
		"one bit of each block": func(t *testing.T, dir string) {
			eachFile(t, dir, func(path string, b []byte) []byte {
				if filepath.Ext(path) == ".blk" && len(b) > 0 {
					b[rand.New(rand.NewPCG(2, uint64(len(b)))).IntN(len(b))] ^= 4
				}
				return b
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // the tests mostly wait for the server
			j := makeJob(t, longer)
			want := local(t, j)
			dir := t.TempDir()
			c := newClusterIn(t, dir)
			reached, goOn := make(chan struct{}), make(chan struct{})
			stepped := make(chan time.Time, 1)
			out := filepath.Join(t.TempDir(), "run")
			lead := c.lead(j, func(config *coordinator.Config) {
				config.Dir = out
				config.Events = func(e train.Event) {
					switch s, _ := e.(train.Stepped); s.Step {
					case 60:
						close(reached)
						<-goOn
					case 61:
						select {
						case stepped <- time.Now():
						default:
						}
					}
				}
			})
			first := c.cut("w1")
			select {
			case <-reached:
			case <-lead.done:
				t.Fatal(lead.err)
			case <-time.After(time.Minute):
				t.Fatal("no step 60 after a minute")
			}
			first.cancel()
			c.restart(dir, func() { harm(t, dir) })
			close(goOn)
			begin := time.Now()
			c.work("w2")
			select {
			case at := <-stepped:
				t.Logf("the next step after %s", at.Sub(begin).Round(time.Millisecond))
				if at.Sub(begin) > 10*time.Second {
					t.Errorf("a new worker computes after %s", at.Sub(begin))
				}
			case <-time.After(40 * time.Second):
				t.Fatal("no step after 40 s")
			case <-lead.done:
				t.Fatal(lead.err)
			}
			sameModel(t, lead.wait(t), want)
			if name != "wiped" && name != "removed" {
				return // the server may have kept the needed objects
			}
			status, err := run.Inspect(out)
			stored := func(e run.Entry) bool { return e.Event == run.EventStored }
			if err != nil || !slices.ContainsFunc(status.Notable, stored) {
				t.Errorf("the run does not report the loss: %v, %+v", err, status)
			}
		})
	}
}
