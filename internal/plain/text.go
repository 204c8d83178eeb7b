package plain

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Text escapes, as a Go string literal does, characters that a terminal would interpret or
// that are invisible: control characters (C0 with newline, TAB and ESC; DEL; C1), line and
// paragraph separators, bidirectional embeddings, overrides and isolates, annotation marks,
// byte order marks, and bytes that are not UTF-8. All other text, backslashes included,
// stays unchanged.
func Text(s string) string { return escape(s, `\x%02x`) }

// escape is Text; short is the format of an escaped ASCII character.
func escape(s, short string) string {
	first := strings.IndexFunc(s, unsafe) // a byte that is not UTF-8 decodes as utf8.RuneError
	if first < 0 {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:first])
	for s = s[first:]; s != ""; {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case !unsafe(r) || r == utf8.RuneError:
			b.WriteString(s[:n])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x80:
			fmt.Fprintf(&b, short, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[n:]
	}
	return b.String()
}

// unsafe reports whether r must be escaped. It is also true for utf8.RuneError, which may be
// a byte that is not UTF-8.
func unsafe(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0: // C0; DEL and C1
		return true
	case r == 0x2028, r == 0x2029: // line and paragraph separators
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // bidirectional controls, as in CVE-2021-42574
		return true
	case r >= 0xfff9 && r <= 0xfffb, r == 0xfeff: // annotations; byte order mark
		return true
	}
	return r == utf8.RuneError
}
