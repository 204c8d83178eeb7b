// Package loopback finds free addresses of this machine for servers whose address must be known before they start,
// or must stay the same when they restart.
package loopback

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// FreePort returns a port of 127.0.0.1 on which nobody listens. The port is below those that the kernel gives to
// clients: otherwise a client's connection could take the port while its server restarts.
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

// FreeAddress is FreePort as host:port.
func FreeAddress() (string, error) {
	port, err := FreePort()
	return address(port), err
}

func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
