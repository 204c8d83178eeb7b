package transport

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A server that other machines can reach requires a token or credentials; on loopback this is optional.
func TestGuard(t *testing.T) {
	conf := filepath.Join(t.TempDir(), "server.conf")
	users := []byte(`authorization { users: [ {user: w1, password: "open sesame"} ] }`)
	if err := os.WriteFile(conf, users, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, address string
		guard         Guard
		err           string // of Listen
		in, out       Config // accepted, refused
	}{
		{name: "loopback", address: "127.0.0.1:0"},
		{name: "localhost", address: "localhost:0"},
		{name: "open to all", address: "0.0.0.0:0", err: "--token"},
		{name: "all interfaces", address: ":0", err: "--token"},
		{name: "token", address: "0.0.0.0:0", guard: Guard{Token: "t"}, in: Config{Token: "t"}, out: Config{Token: "u"}},
		{name: "token on loopback", address: "127.0.0.1:0", guard: Guard{Token: "t"}, in: Config{Token: "t"}, out: Config{}},
		{name: "users", address: ":0", guard: Guard{Conf: conf}, in: Config{URL: "nats://w1:open%20sesame@"}, out: Config{}},
		{name: "two kinds", address: ":0", guard: Guard{Conf: conf, Token: "t"}, err: "leave one out"},
		{name: "no such file", address: ":0", guard: Guard{Conf: conf + "x"}, err: "--listen-conf"},
		{name: "half of TLS", address: ":0", guard: Guard{Token: "t", Cert: conf}, err: "--listen-tls-key"},
		{name: "no certificate", address: ":0", guard: Guard{Token: "t", Cert: conf, Key: conf}, err: "--listen-tls-cert"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Listen(c.address, c.guard)
			if err != nil || c.err != "" {
				if c.err == "" || err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("%v, want %q", err, c.err)
				}
				return
			}
			defer s.Close()
			address := strings.Replace(s.URL(), "[::]", "127.0.0.1", 1)
			if c.in.URL != "" {
				c.in.URL = strings.Replace(address, "nats://", c.in.URL, 1)
			} else {
				c.in.URL = address
			}
			conn, err := Connect(t.Context(), c.in)
			if err != nil {
				t.Fatal(err)
			}
			conn.Close()
			if c.out.URL = address; c.guard == (Guard{}) {
				return
			}
			if conn, err := Connect(t.Context(), c.out); err == nil {
				conn.Close()
				t.Error("a client without the credentials was accepted")
			} else if !strings.Contains(err.Error(), "credentials") {
				t.Error(err)
			}
		})
	}
}

// No message contains a token of a URL.
func TestTokenIsRedacted(t *testing.T) {
	for url, want := range map[string]string{
		"nats://s3cret@host:4222":               "nats://xxxxx@host:4222",
		"nats://w1:s3cret@host:4222":            "nats://w1:xxxxx@host:4222",
		"nats://s3cret@a:1, tls://s3cret@b:2":   "nats://xxxxx@a:1,tls://xxxxx@b:2",
		"nats://host:4222":                      "nats://host:4222",
		"nats://s3cret@host:4222 not a URL\x7f": "host:4222 not a URL\x7f",
	} {
		if got := redact(url); got != want {
			t.Errorf("redact(%q) = %q, want %q", url, got, want)
		}
	}
}

// The token of a user is generated once.
func TestStoredToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "braid", "token")
	first, err := StoredToken(file)
	if err != nil || len(first) != 26 {
		t.Fatal(first, err)
	}
	if again, err := StoredToken(file); err != nil || again != first {
		t.Errorf("%q, %v; want %q", again, err, first)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
