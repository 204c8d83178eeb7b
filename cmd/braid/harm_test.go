package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// alter replaces the first match of a regular expression in a file: alter FILE EXPRESSION TEXT.
func alter(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	text, err := os.ReadFile(path)
	ts.Check(err)
	at := regexp.MustCompile(args[1]).FindIndex(text)
	if at == nil {
		ts.Fatalf("%s: no match for %s", args[0], args[1])
	}
	ts.Check(os.WriteFile(path, slices.Concat(text[:at[0]], []byte(args[2]), text[at[1]:]), 0o644))
}

// chop removes bytes from the end of a file: chop FILE BYTES.
func chop(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), info.Size()-int64(n)))
}

// flip changes a high bit of the mantissa of one number in a checkpoint's tensor, and the hash in the
// manifest, so that the checkpoint looks sound: flip CHECKPOINT TENSOR INDEX.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	path := filepath.Join(ts.MkAbs(args[0]), "tensors.safetensors")
	file, err := os.ReadFile(path)
	ts.Check(err)
	index, err := strconv.Atoi(args[2])
	ts.Check(err)
	n := binary.LittleEndian.Uint64(file)
	var header map[string]struct {
		Offsets []int `json:"data_offsets"`
	}
	ts.Check(json.Unmarshal(file[8:8+n], &header))
	if header[args[1]].Offsets == nil {
		ts.Fatalf("%s has no tensor %s", path, args[1])
	}
	was := sha256.Sum256(file)
	file[8+int(n)+header[args[1]].Offsets[0]+4*index+2] ^= 0x40
	now := sha256.Sum256(file)
	ts.Check(os.WriteFile(path, file, 0o644))
	path = filepath.Join(ts.MkAbs(args[0]), "manifest.json")
	manifest, err := os.ReadFile(path)
	ts.Check(err)
	ts.Check(os.WriteFile(path, bytes.ReplaceAll(manifest, fmt.Appendf(nil, "%x", was), fmt.Appendf(nil, "%x", now)),
		0o644))
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{"plain": "plain", "": "''", "a b'c": `'a b'\''c'`, `C:\x`: `'C:\x'`,
		"a\n'b\\": `$'a\n\'b\\'`} {
		if got := quote(in); got != want {
			t.Errorf("quote(%q) = %s, want %s", in, got, want)
		}
	}
}
