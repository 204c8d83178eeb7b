package transport

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
)

// pair makes a key pair with its public key.
func pair(t *testing.T, make func() (nkeys.KeyPair, error)) (nkeys.KeyPair, string) {
	t.Helper()
	key, err := make()
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return key, public
}

// listenWith starts a server whose options a test has chosen.
func listenWith(t *testing.T, o *server.Options) string {
	t.Helper()
	o.Host, o.Port, o.NoSigs, o.NoLog = "127.0.0.1", server.RANDOM_PORT, true, true
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	return s.ClientURL()
}

// A credentials file, a user's JWT and seed, lets in; one of a stranger does not.
func TestCredentialsFile(t *testing.T) {
	operator, operatorID := pair(t, nkeys.CreateOperator)
	account, accountID := pair(t, nkeys.CreateAccount)
	stranger, _ := pair(t, nkeys.CreateAccount)
	claims := jwt.NewAccountClaims(accountID)
	accountJWT, err := claims.Encode(operator)
	if err != nil {
		t.Fatal(err)
	}
	trusted := jwt.NewOperatorClaims(operatorID)
	resolver := new(server.MemAccResolver)
	if err := resolver.Store(accountID, accountJWT); err != nil {
		t.Fatal(err)
	}
	at := listenWith(t, &server.Options{TrustedOperators: []*jwt.OperatorClaims{trusted}, AccountResolver: resolver})
	file := func(name string, signer nkeys.KeyPair) string {
		user, userID := pair(t, nkeys.CreateUser)
		token, err := jwt.NewUserClaims(userID).Encode(signer)
		if err != nil {
			t.Fatal(err)
		}
		seed, err := user.Seed()
		if err != nil {
			t.Fatal(err)
		}
		text, err := jwt.FormatUserConfig(token, seed)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	conn, err := Connect(t.Context(), Config{URL: at, Credentials: file("ours.creds", account)})
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	for name, path := range map[string]string{"a stranger's": file("theirs.creds", stranger), "no": "", "a missing": filepath.Join(t.TempDir(), "none.creds")} {
		conn, err := Connect(t.Context(), Config{URL: at, Credentials: path})
		if err == nil {
			conn.Close()
			t.Errorf("%s credentials let in", name)
			continue
		}
		if says := map[bool]string{true: "--creds: open ", false: "refuses these credentials"}[name == "a missing"]; !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s credentials: %v, want one line with %q", name, err, says)
		}
	}
}

// User and password in the URL let in, and are in no message.
func TestUserAndPassword(t *testing.T) {
	at := listenWith(t, &server.Options{Username: "braid", Password: "open sesame"})
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	for password, welcome := range map[string]bool{"open sesame": true, "hocus pocus": false} {
		u.User = url.UserPassword("braid", password)
		conn, err := Connect(t.Context(), Config{URL: u.String()})
		if (err == nil) != welcome {
			t.Fatalf("%s: %v", password, err)
		}
		if err == nil {
			conn.Close()
			err = fmt.Errorf("%s", conn.URL())
		}
		if strings.Contains(err.Error(), "pocus") || strings.Contains(err.Error(), "sesame") {
			t.Errorf("the password is told: %v", err)
		}
	}
}
