package data

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode/utf16"
)

// utf16Of returns text in UTF-16 with a byte order mark.
func utf16Of(text string, big bool) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		lo, hi := byte(u), byte(u>>8)
		if big {
			lo, hi = hi, lo
		}
		b.WriteByte(lo)
		b.WriteByte(hi)
	}
	return b.String()
}

// The error about a file that is not text in UTF-8 names the type of the file.
func TestDecodeRefuses(t *testing.T) {
	const text = "text\ty\ngood food\tpos\n"
	iconv := "convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW"
	for _, c := range []struct{ name, text, want string }{
		{"UTF-16 LE", utf16Of("\ufeff"+text, false), "f: is UTF-16 (little endian), not text in UTF-8: " + iconv},
		{"UTF-16 BE", utf16Of("\ufeff"+text, true), "f: is UTF-16 (big endian), not text in UTF-8: " + iconv},
		{"UTF-16 unmarked", utf16Of(text, false),
			"f: is UTF-16 without a byte order mark, not UTF-8: convert it: " +
				"iconv -f UTF-16LE -t UTF-8 FILE > NEW (or UTF-16BE)"},
		{"UTF-32", "\xff\xfe\x00\x00t\x00\x00\x00",
			"f: is UTF-32 (little endian), not text in UTF-8: convert it: iconv -f UTF-32 -t UTF-8 FILE > NEW"},
		{"Latin-1", "text\ty\ncaf\xe9\tpos\n",
			"f:2: not UTF-8: save the file as UTF-8 (from Latin-1: iconv -f LATIN1 -t UTF-8 FILE > NEW)"},
		{"half a character", "a\nb\n\xc3",
			"f:3: not UTF-8: save the file as UTF-8 (from Latin-1: iconv -f LATIN1 -t UTF-8 FILE > NEW)"},
		{"a real U+FFFD before", "\ufffd\n\xff",
			"f:2: not UTF-8: save the file as UTF-8 (from Latin-1: iconv -f LATIN1 -t UTF-8 FILE > NEW)"},
		{"NUL", "a\nb\x00c\n", "f:2: a NUL byte: this is no text: remove the NUL bytes, or name a text file"},
		{"CR alone", "text,y\rgood,pos\r", `f: its lines end in CR alone: convert it: tr '\r' '\n' < FILE > NEW`},
		{"BOM inside", "a\n\ufeffb\n",
			"f:2: a byte order mark inside the file: remove it: files were joined that each began with one"},
		{"gzip", "\x1f\x8b\x08\x00", "f: is a gzip file, not text in UTF-8: unpack it: gunzip"},
		{"xlsx", "PK\x03\x04\x14",
			"f: is a zip archive or a spreadsheet (xlsx, ods), not text in UTF-8: unpack it, or save the sheet as CSV in UTF-8"},
		{"Git LFS", "version https://git-lfs.github.com/spec/v1\n",
			"f: is a pointer of Git LFS, not the file itself, not text in UTF-8: fetch it: git lfs pull"},
		{"long line", "a\n" + strings.Repeat("b", maxLineBytes+1),
			"f:2: a line of 16777217 bytes: write one example a line, of at most 16777216 bytes"},
	} {
		if _, err := decode("f", []byte(c.text)); err == nil || err.Error() != c.want {
			t.Errorf("%s:\n got %v\nwant %s", c.name, err, c.want)
		}
	}
	for _, sound := range []string{"", "a", "a\r\n", "\ufeffa\n", "a\rb\n", "ab\ufeffc\n", "é\u3000\ufffd\n"} {
		got, err := decode("f", []byte(sound))
		if want := strings.TrimPrefix(sound, "\ufeff"); err != nil || got != want {
			t.Errorf("%q: got %q, %v", sound, got, err)
		}
	}
}

// A FIFO would block and a device never ends. Both are refused before they are opened.
func TestReadFileWantsRegularFiles(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Skip(err)
	}
	for path, want := range map[string]string{
		fifo:         "is a FIFO: name a regular file; save a stream to one first",
		"/dev/zero":  "is a device: name a regular file; save a stream to one first",
		os.TempDir(): "is a directory: name the file in it",
	} {
		if _, err := readFile(path); err == nil || err.Error() != path+": "+want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("a\r\nb"))
	f.Add([]byte("\xff\xfea\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		text, err := decode("f", b)
		sound(t, nil, err)
		if err == nil && (len(text) > len(b) || strings.ContainsRune(text, 0)) {
			t.Errorf("%q became %q", b, text)
		}
	})
}
