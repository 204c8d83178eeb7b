package data

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"braid/internal/regular"
)

// maxFileBytes bounds a file of data, which is held in memory together with its tokens.
const maxFileBytes = 2 << 30

// maxLineBytes bounds a line of a file of data. A longer line is not the text of one example.
const maxLineBytes = 16 << 20

// readFile returns the text of a file in UTF-8, without the byte order mark. It refuses
// anything but a regular file before it reads: a FIFO would block, a device never ends.
func readFile(path string) (string, error) {
	b, err := regular.Read(path, maxFileBytes)
	var irregular *regular.Irregular
	switch {
	case errors.As(err, &irregular) && irregular.Kind == "directory":
		return "", &Error{File: path, Msg: reason(err), Mend: "name the file in it"}
	case errors.As(err, &irregular):
		return "", &Error{File: path, Msg: reason(err), Mend: "name a regular file; save a stream to one first"}
	case errors.Is(err, regular.ErrTooLarge):
		return "", &Error{File: path, Msg: reason(err), Mend: "split it into smaller data sets"}
	case err != nil:
		return "", &Error{File: path, Msg: "cannot read it (" + reason(err) + ")",
			Mend: "check the path; it is relative to the job file"}
	}
	return decode(path, b)
}

// fileTypes are types of files that hold no text, by their first bytes. Longer ones are first.
var fileTypes = []struct{ magic, name, mend string }{
	{"\x00\x00\xfe\xff", "UTF-32 (big endian)", "convert it: iconv -f UTF-32 -t UTF-8 FILE > NEW"},
	{"\xff\xfe\x00\x00", "UTF-32 (little endian)", "convert it: iconv -f UTF-32 -t UTF-8 FILE > NEW"},
	{"\xfe\xff", "UTF-16 (big endian)", "convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW"},
	{"\xff\xfe", "UTF-16 (little endian)", "convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW"},
	{"\x1f\x8b", "a gzip file", "unpack it: gunzip"},
	{"\x28\xb5\x2f\xfd", "a zstd file", "unpack it: unzstd"},
	{"\xfd7zXZ\x00", "an xz file", "unpack it: unxz"},
	{"PK\x03\x04", "a zip archive or a spreadsheet (xlsx, ods)", "unpack it, or save the sheet as CSV in UTF-8"},
	{"PAR1\x15", "a Parquet file", "convert it to jsonl"},
	{"ARROW1\x00", "an Arrow file", "convert it to jsonl"},
	{"SQLite format 3\x00", "an SQLite database", "export the table as csv"},
	{"version https://git-lfs.github.com/spec/", "a pointer of Git LFS, not the file itself", "fetch it: git lfs pull"},
	{"<!DOCTYPE html", "an HTML page", "download the file itself"},
}

// decode checks that a file is text in UTF-8 and drops a byte order mark at the start. Errors
// name the line and, if it can be recognised, the real encoding.
func decode(path string, b []byte) (string, error) {
	for _, f := range fileTypes {
		if bytes.HasPrefix(b, []byte(f.magic)) {
			return "", &Error{File: path, Msg: "is " + f.name + ", not text in UTF-8", Mend: f.mend}
		}
	}
	if looksUTF16(b) {
		return "", &Error{File: path, Msg: "is UTF-16 without a byte order mark, not UTF-8",
			Mend: "convert it: iconv -f UTF-16LE -t UTF-8 FILE > NEW (or UTF-16BE)"}
	}
	text := strings.TrimPrefix(string(b), "\ufeff")
	if strings.Contains(text, "\r") && !strings.Contains(text, "\n") {
		return "", &Error{File: path, Msg: "its lines end in CR alone", Mend: `convert it: tr '\r' '\n' < FILE > NEW`}
	}
	if at := strings.IndexByte(text, 0); at >= 0 {
		return "", &Error{path, lineOf(text, at), "a NUL byte", "this is no text: remove the NUL bytes, or name a text file"}
	}
	if at := firstInvalid(text); at >= 0 {
		return "", &Error{path, lineOf(text, at), "not UTF-8",
			"save the file as UTF-8 (from Latin-1: iconv -f LATIN1 -t UTF-8 FILE > NEW)"}
	}
	if at := strings.Index(text, "\n\ufeff"); at >= 0 {
		return "", &Error{path, lineOf(text, at+1), "a byte order mark inside the file",
			"remove it: files were joined that each began with one"}
	}
	err := lines(text, func(n int, line string) error {
		if len(line) > maxLineBytes {
			return &Error{path, n, fmt.Sprintf("a line of %d bytes", len(line)),
				fmt.Sprintf("write one example a line, of at most %d bytes", maxLineBytes)}
		}
		return nil
	})
	return text, err
}

// looksUTF16 reports whether every other byte at the start is 0, as in UTF-16 of Latin letters.
func looksUTF16(b []byte) bool {
	head := b[:min(len(b), 64)&^1]
	zeros := [2]int{}
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	return len(head) >= 4 && max(zeros[0], zeros[1])*4 >= len(head)/2*3
}

// firstInvalid returns the offset of the first byte that is not UTF-8, or -1.
func firstInvalid(text string) int {
	if utf8.ValidString(text) {
		return -1
	}
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}

// lineOf returns the number of the line that has the byte at an offset, from 1.
func lineOf(text string, at int) int { return 1 + strings.Count(text[:at], "\n") }

// lines calls f for every line of text without its ending. Lines are numbered from 1.
func lines(text string, f func(number int, line string) error) error {
	for number := 1; text != ""; number++ {
		line, rest, _ := strings.Cut(text, "\n")
		if err := f(number, strings.TrimSuffix(line, "\r")); err != nil {
			return err
		}
		text = rest
	}
	return nil
}

func reason(err error) string {
	if e, ok := err.(*os.PathError); ok {
		return e.Err.Error()
	}
	return err.Error()
}
