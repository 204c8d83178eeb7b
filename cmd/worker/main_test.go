package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"braid/cmd/internal/term"

	"go.uber.org/goleak"
)

// The program leaves no goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestExitCodes(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, c := range []struct {
		name string
		ctx  context.Context
		args string
		code int
		says string
	}{
		{"help", t.Context(), "", term.ExitOK, "Exit codes"},
		{"no URL", t.Context(), "--threads 2", term.ExitUsage, "worker --help"},
		{"flag that is none", t.Context(), "--nats nats://127.0.0.1:1 --thread", term.ExitUsage, "--thread"},
		{"name that is none", t.Context(), "--nats nats://127.0.0.1:1 --name a.b", term.ExitFailed, "--name"},
		{"nobody listens", t.Context(), "--nats nats://127.0.0.1:1 --wait 0", term.ExitFailed,
			"start one with nats-server -js"},
		{"stopped while it waits", stopped, "--nats nats://127.0.0.1:1 --wait 60", term.ExitOK,
			"waiting for the NATS server"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var said bytes.Buffer
			if code := execute(c.ctx, strings.Fields(c.args), &said, &said); code != c.code ||
				!strings.Contains(said.String(), c.says) {
				t.Errorf("exit code %d, want %d, and %q in\n%s", code, c.code, c.says, said.String())
			}
		})
	}
}
