package loopback

import (
	"net"
	"testing"
)

// A free address can be listened on, at once and again.
func TestFreeAddress(t *testing.T) {
	address, err := FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if port := l.Addr().(*net.TCPAddr).Port; port < 1024 || port >= 32768 {
			t.Errorf("the kernel may give port %d to a client", port)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
