package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"braid/transport"
)

// guard says who may connect to the embedded server. One that other machines can reach, and
// for which nothing was given, asks for a token that is drawn once for each user.
func (f *flags) guard() (transport.Guard, error) {
	if f.Listen == "" {
		if f.Conf != "" || f.LCert != "" || f.LKey != "" {
			return transport.Guard{}, fmt.Errorf("--listen-conf and --listen-tls-* are of the server of --listen: leave them out with --nats")
		}
		return transport.Guard{}, nil
	}
	g := transport.Guard{Token: f.Token, Conf: f.Conf, Cert: f.LCert, Key: f.LKey}
	if f.Conf != "" {
		g.Token = "" // the file says what is asked for; the token is what this program gives
	}
	if g.Token != "" || g.Conf != "" || transport.Loopback(f.Listen) {
		return g, nil
	}
	dir, err := os.UserConfigDir()
	if err == nil {
		g.Token, err = transport.StoredToken(filepath.Join(dir, "braid", "listen-token"))
	}
	if err != nil {
		g.Token = transport.NewToken() // of this process alone
	}
	return g, nil
}

// workerCommand is the line that starts a worker of this coordinator.
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
	return fmt.Sprintf("start workers with: worker --nats %s://%s%s", scheme, net.JoinHostPort(host, strconv.Itoa(port)), more)
}
