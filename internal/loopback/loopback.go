// Package loopback finds free local addresses for servers whose address must be known before they start, or must stay
// the same when they restart.
package loopback

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// FreePort returns an unused port of 127.0.0.1. The port is not reserved, but is below the kernel's range for clients:
// otherwise a client's connection could take the port while a server restarts.
func FreePort() (int, error) {
	var err error
	for range 100 {
		port := 10_000 + rand.IntN(20_000)
		l, listen := net.Listen("tcp", address(port))
		if listen == nil {
			return port, l.Close()
		}
		err = listen
	}
	return 0, err
}

// FreeAddress returns the address host:port of a FreePort.
func FreeAddress() (string, error) {
	port, err := FreePort()
	return address(port), err
}

func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
