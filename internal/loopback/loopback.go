// Package loopback finds addresses of this machine for programs that are started together.
package loopback

import "net"

// FreeAddress asks the system for a port of 127.0.0.1 that nobody has.
func FreeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
