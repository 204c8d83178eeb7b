package main

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"
)

// shown fails if the last command printed terminal control sequences other than those of the progress line,
// or if a text from data began a line of its own with FORGED.
func shown(ts *testscript.TestScript, _ bool, _ []string) {
	for _, stream := range []string{"stdout", "stderr"} {
		for _, line := range strings.Split(ts.ReadFile(stream), "\n") {
			rest := strings.ReplaceAll(line, "⏎\x1b[K", "")
			obeyed := strings.ContainsFunc(rest, func(r rune) bool {
				return unicode.IsControl(r) || r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e || r >= 0x2066 &&
					r <= 0x2069
			})
			if obeyed || !utf8.ValidString(rest) || strings.HasPrefix(rest, "FORGED") {
				ts.Fatalf("%s: a terminal obeys %q", stream, line)
			}
		}
	}
}
