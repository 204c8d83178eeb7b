package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"braid/transport"
)

// guard returns the access rules of the embedded server. A server that other machines can reach requires a
// token: if no rules are given, a random one that is stored per user.
func (f *flags) guard() (transport.Guard, error) {
	if f.Listen == "" {
		if f.Conf != "" || f.LCert != "" || f.LKey != "" {
			return transport.Guard{},
				fmt.Errorf("--listen-conf and --listen-tls-* configure the server of --listen: remove them with --nats")
		}
		return transport.Guard{}, nil
	}
	g := transport.Guard{Token: f.Token, Conf: f.Conf, Cert: f.LCert, Key: f.LKey}
	if f.Conf != "" {
		g.Token = "" // the file has the rules; --token is the token that this program presents
	}
	if g.Token != "" || g.Conf != "" || transport.Loopback(f.Listen) {
		return g, nil
	}
	dir, err := os.UserConfigDir()
	if err == nil {
		g.Token, err = transport.StoredToken(filepath.Join(dir, "braid", "listen-token"))
	}
	if err != nil {
		g.Token = transport.NewToken() // not stored
	}
	return g, nil
}

// workerCommand returns the command that starts a worker of this coordinator.
func (f *flags) workerCommand(port int, g transport.Guard) string {
	host, _, _ := net.SplitHostPort(f.Listen)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	scheme, more := "nats", ""
	if g.Cert != "" {
		scheme, more = "tls", " --tls-ca CA.pem"
	}
	switch {
	case g.Token != "":
		more += " --token " + g.Token
	case g.Conf != "":
		more += " --name NAME --nkey NAME.nk --inbox _INBOX_NAME"
	}
	if f.Fleet != "main" {
		more += " --fleet " + f.Fleet
	}
	return fmt.Sprintf("start workers with: worker --nats %s://%s%s", scheme, net.JoinHostPort(host, strconv.Itoa(port)),
		more)
}
