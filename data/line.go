package data

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// CheckLine returns a line of a stream of texts without its ending. The rules are those for
// files of data: UTF-8, no NUL byte, and a byte order mark only at the start of the stream,
// where it is dropped. first means that the line is the first of the stream. The error has the
// mistake and the mend; the caller adds the place.
func CheckLine(line string, first bool) (string, error) {
	if first {
		for _, f := range fileTypes {
			if strings.HasPrefix(line, f.magic) {
				return "", errors.New("is " + f.name + ", not text in UTF-8: " + f.mend)
			}
		}
		if looksUTF16([]byte(line[:min(len(line), 64)])) {
			return "", errors.New("is UTF-16 without a byte order mark, not UTF-8: convert it: iconv -f UTF-16LE -t UTF-8 " +
				"FILE > NEW (or UTF-16BE)")
		}
		line = strings.TrimPrefix(line, "\ufeff")
	}
	switch {
	case strings.IndexByte(line, 0) >= 0:
		return "", errors.New("a NUL byte: this is no text: remove the NUL bytes; from UTF-16: iconv -f UTF-16 -t UTF-8 " +
			"FILE > NEW")
	case !utf8.ValidString(line):
		return "", errors.New("not UTF-8: convert the text (from Latin-1: iconv -f LATIN1 -t UTF-8 FILE > NEW)")
	case strings.HasPrefix(line, "\ufeff"):
		return "", errors.New("a byte order mark inside the stream: remove it: files were joined that each began with one")
	}
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), nil
}
