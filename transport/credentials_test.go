package transport

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/internal/await"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
)

// pair creates a key pair and returns it with its public key.
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

// listenWith starts a server with the given options.
func listenWith(t *testing.T, o *server.Options) string {
	t.Helper()
	o.Host, o.Port, o.NoSigs, o.NoLog = "127.0.0.1", server.RANDOM_PORT, true, true
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(await.Limit) {
		t.Fatal("the server does not start")
	}
	return s.ClientURL()
}

// The server accepts a credentials file (a user's JWT and seed) of its account, and rejects that of
// another account.
func TestCredentialsFile(t *testing.T) {
	operator, operatorID := pair(t, nkeys.CreateOperator)
	account, accountID := pair(t, nkeys.CreateAccount)
	otherAccount, _ := pair(t, nkeys.CreateAccount)
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
	for _, c := range []struct{ name, path, want string }{
		{"another account's", file("theirs.creds", otherAccount), "refuses these credentials"},
		{"no", "", "refuses these credentials"},
		{"missing", filepath.Join(t.TempDir(), "none.creds"), "--creds: open "},
	} {
		conn, err := Connect(t.Context(), Config{URL: at, Credentials: c.path})
		if err == nil {
			conn.Close()
			t.Errorf("%s credentials are accepted", c.name)
			continue
		}
		if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s credentials: %v, want one line with %q", c.name, err, c.want)
		}
	}
}

// User and password in the URL are accepted, and no message contains the password.
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
			t.Errorf("the message contains the password: %v", err)
		}
	}
}
