package regular

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"braid/internal/await"
)

// special creates one path of each kind that is not a regular file. It returns their kinds.
func special(t *testing.T) map[string]string {
	dir := t.TempDir()
	fifo, sock, link := filepath.Join(dir, "fifo"), filepath.Join(dir, "sock"), filepath.Join(dir, "link")
	if err := syscall.Mkfifo(fifo, 0o644); err != nil {
		t.Skip(err)
	}
	l, err := net.Listen("unix", sock)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { l.Close() })
	if err := os.Symlink(fifo, link); err != nil {
		t.Fatal(err)
	}
	return map[string]string{fifo: "FIFO", sock: "socket", link: "FIFO", dir: "directory", "/dev/zero": "device"}
}

func TestSpecialFilesAreRefusedAtOnce(t *testing.T) {
	for path, kind := range special(t) {
		done := make(chan error, 1)
		go func() { _, err := Read(path, 1<<20); done <- err }()
		select {
		case err := <-done:
			var p *fs.PathError
			if !errors.As(err, &p) || !strings.Contains(err.Error(), "is a "+kind+"") {
				t.Errorf("%s: %v", path, err)
			}
		case <-time.After(await.Limit):
			t.Fatalf("%s: still waiting", path)
		}
	}
}

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("12345"), 0o644); err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int64]string{5: "12345", 6: "12345", 4: ""} {
		b, err := Read(path, limit)
		if string(b) != want || errors.Is(err, ErrTooLarge) != (want == "") {
			t.Errorf("limit %d: %q, %v", limit, b, err)
		}
	}
	if _, err := Read(path+"y", 9); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	b, err := Read("/proc/self/status", 1<<20)
	if err != nil && !errors.Is(err, fs.ErrNotExist) || err == nil && len(b) == 0 {
		t.Errorf("a file whose size reads as 0: %d bytes, %v", len(b), err)
	}
}
