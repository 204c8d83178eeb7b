package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"braid/cmd/internal/term"

	"go.uber.org/goleak"
)

// The program leaves no goroutine behind. Exception: in nats.go 1.55, a goroutine waits on a nil channel if a
// connection closes just as the first asynchronous publish begins.
func TestMain(m *testing.M) {
	const leak = "github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect"
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction(leak))
}

const tiny = "../braid/testdata/tiny/tiny.yaml"

// watched keeps all output and calls a function once when the output contains a word.
type watched struct {
	mu   sync.Mutex
	said bytes.Buffer
	word string
	call func()
}

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said.Write(b)
	if w.call != nil && strings.Contains(w.said.String(), w.word) {
		w.call()
		w.call = nil
	}
	return len(b), nil
}

func play(ctx context.Context, t *testing.T, w *watched, args string) int {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	return execute(ctx, strings.Fields(args), out, w)
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		name, args string
		code       int
		says       string
	}{
		{"no job", "--out x --listen 127.0.0.1:0", term.ExitUsage, "--job"},
		{"two servers", "--job x --out x --listen 127.0.0.1:0 --nats nats://127.0.0.1:1", term.ExitUsage, "--nats"},
		{"job that is not there", "--job none.yaml --out x --listen 127.0.0.1:0", term.ExitFailed, "none.yaml"},
		{"nobody listens", "--job " + tiny + " --out " + t.TempDir() + "/run --nats nats://127.0.0.1:1 --wait 0",
			term.ExitFailed, "start one with nats-server -js"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w watched
			if code := play(t.Context(), t, &w, c.args); code != c.code || !strings.Contains(w.said.String(), c.says) {
				t.Errorf("exit code %d, want %d, and %q in\n%s", code, c.code, c.says, w.said.String())
			}
		})
	}
}

// A coordinator that is stopped while it waits for workers prints how to resume.
func TestStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	w := &watched{word: "waiting for workers", call: stop}
	code := play(ctx, t, w, "--job "+tiny+" --out "+filepath.Join(t.TempDir(), "run")+" --listen 127.0.0.1:0")
	if code != term.ExitInterrupted || !strings.Contains(w.said.String(), "--resume") {
		t.Errorf("exit code %d\n%s", code, w.said.String())
	}
}

// A job's name and directory are printed as text: a terminal obeys no control sequences in them.
func TestHostileNames(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	const hostile = "a\x1b[2J\nFORGED\u009b\u202e"
	w := &watched{word: "waiting for workers", call: stop}
	out, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	code := execute(ctx, []string{"--job", tiny, "--set", "name=" + hostile, "--listen", "127.0.0.1:0", "--out",
		filepath.Join(t.TempDir(), hostile)}, out, w)
	said, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{w.said.String(), string(said)} {
		if strings.ContainsAny(text, "\x1b\u009b\u202e") || strings.Contains(text, "\nFORGED") {
			t.Errorf("a terminal obeys %q", text)
		}
	}
	if code != term.ExitInterrupted || !strings.Contains(w.said.String()+string(said), `a\x1b[2J\nFORGED`) &&
		!strings.Contains(w.said.String(), `\u001b`) {
		t.Errorf("exit code %d\n%s%s", code, w.said.String(), said)
	}
}

// A server that other machines can reach requires a token, which is the same at the next start. The command
// that starts a worker is printed, and the log does not contain the token.
func TestListenPrintsTheWorkersCommand(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	var said [2]string
	for i := range said {
		ctx, stop := context.WithCancel(t.Context())
		w := &watched{word: "waiting for workers", call: stop}
		out, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
		if err != nil {
			t.Fatal(err)
		}
		execute(ctx, strings.Fields("--job "+tiny+" --out "+filepath.Join(t.TempDir(), "run")+" --listen 0.0.0.0:0"), out, w)
		stop()
		out.Close()
		text, err := os.ReadFile(out.Name())
		if err != nil {
			t.Fatal(err)
		}
		_, token, ok := strings.Cut(string(text), "worker --nats nats://")
		if _, token, _ = strings.Cut(token, " --token "); !ok || len(token) < 26 {
			t.Fatalf("no command for workers in\n%s\n%s", text, w.said.String())
		}
		if said[i] = token[:26]; strings.Contains(w.said.String(), said[i]) {
			t.Errorf("the token is in the log:\n%s", w.said.String())
		}
	}
	if said[0] != said[1] {
		t.Errorf("tokens %v", said)
	}
}
