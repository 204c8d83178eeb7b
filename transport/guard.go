package transport

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/base32"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Guard is the authentication of an embedded server.
type Guard struct {
	Token     string // that every client must present; "": none
	Conf      string // nats-server's configuration file with users, keys and TLS; "": none
	Cert, Key string // PEM files of the server's certificate and its key; "": no TLS
}

// Loopback reports whether other machines cannot reach an address.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// apply adds the guard to a server's options. With Conf, the options of the file replace them.
func (g Guard) apply(o *server.Options) (*server.Options, error) {
	if g.Conf != "" {
		c, err := server.ProcessConfigFile(g.Conf)
		if err != nil {
			return nil, fmt.Errorf("--listen-conf %s: %w: relative paths in it start at the working directory", g.Conf, err)
		}
		c.Host, c.Port, c.JetStream = o.Host, o.Port, true
		o = c
	}
	if g.Token != "" {
		if o.Users != nil || o.Nkeys != nil || o.Username != "" || o.Authorization != "" {
			return nil, fmt.Errorf("--token and %s, which has users of its own: leave one out", g.Conf)
		}
		o.Authorization = g.Token
	}
	if g.Cert == "" && g.Key == "" {
		return o, nil
	}
	if g.Cert == "" || g.Key == "" {
		return nil, errors.New("--listen-tls-cert and --listen-tls-key go together: give both")
	}
	pair, err := tls.LoadX509KeyPair(g.Cert, g.Key)
	if err != nil {
		return nil, fmt.Errorf("--listen-tls-cert %s, --listen-tls-key %s: %w", g.Cert, g.Key, err)
	}
	o.TLS, o.TLSTimeout = true, 5
	o.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	return o, nil
}

// open reports whether the server admits clients without credentials.
func open(o *server.Options) bool {
	return o.Authorization == "" && o.Username == "" && len(o.Users) == 0 && len(o.Nkeys) == 0 &&
		len(o.TrustedOperators) == 0 &&
		o.CustomClientAuthentication == nil && o.AuthCallout == nil && !o.TLSMap
}

// StoredToken returns the token in a file. It draws a token and writes the file if there is none: a restarted
// coordinator must admit the workers that know the token.
func StoredToken(file string) (token string, err error) {
	b, err := os.ReadFile(file)
	if token = strings.TrimSpace(string(b)); err == nil && token != "" {
		return token, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	token = NewToken()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	return token, os.WriteFile(file, []byte(token+"\n"), 0o600)
}

// NewToken draws a token of 130 bits.
func NewToken() string {
	var b [17]byte
	_, _ = rand.Read(b[:]) // never fails
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))[:26]
}

// startLimit is how long the embedded server may take to start.
const startLimit = 10 * time.Second
