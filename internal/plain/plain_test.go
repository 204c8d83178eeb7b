package plain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/go-hclog"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "",
		"Grüße, 中文, 👩‍🚀 \u00a0":      "Grüße, 中文, 👩‍🚀 \u00a0",
		`C:\new "x"`:                 `C:\new "x"`,
		"a\x1b[2Jb":                  `a\x1b[2Jb`,
		"a\nb\r\tc\x00\x07\x7f":      `a\nb\r\tc\x00\x07\x7f`,
		"a\u0085b\u009b2J":           `a\u0085b\u009b2J`,
		"x\u2028y\u2029z":            `x\u2028y\u2029z`,
		"a\u202egpj.exe\u2066\u2069": `a\u202egpj.exe\u2066\u2069`,
		"\ufeffbom":                  `\ufeffbom`,
		"a\xffb\xc3":                 `a\xffb\xc3`,
		"\ufffd stays":               "\ufffd stays",
	} {
		if got := Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

// safe reports whether s contains nothing that a terminal would interpret.
func safe(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == 0x2028 || r == 0x2029 ||
			unicode.Is(unicode.Bidi_Control, r) && r != 0x200e && r != 0x200f && r != 0x61c
	})
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"plain", "\x1b]0;title\x07", "a\nb", "\u202eabc", "\xff\xfe", "\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		if !safe(got) {
			t.Errorf("Text(%q) = %q", s, got)
		}
		if safe(s) && !strings.ContainsAny(s, "\ufeff\ufff9\ufffa\ufffb") && got != s {
			t.Errorf("Text(%q) = %q: nothing to escape", s, got)
		}
		if Text(got) != got {
			t.Errorf("Text(%q) = %q is escaped again", s, got)
		}
		var out bytes.Buffer
		_, err := Fprintf(&out, "%s|%-8v|%.3s\n", s, errors.New(s), []string{s})
		if err != nil || !safe(strings.TrimSuffix(out.String(), "\n")) {
			t.Errorf("Fprintf(%q) wrote %q, %v", s, out.String(), err)
		}
	})
}

type named string

func TestFprintf(t *testing.T) {
	var out bytes.Buffer
	wrapped := fmt.Errorf("x\ny: %w", errors.New("z\x9b"))
	Fprintf(&out, "%-6s|%.2s|%q|%d|%*d|%v|%v\n\t.\n", "a", "ab\n", "\x1b", 7, 3, 8, wrapped, named("\x07"))
	want := "a     |ab|\"\\x1b\"|7|  8|x\\ny: z\\x9b|\\x07\n\t.\n"
	if out.String() != want {
		t.Errorf("got  %q\nwant %q", out.String(), want)
	}
}

// A log record is one line, and a JSON record keeps its values.
func TestRecords(t *testing.T) {
	const hostile = "w1\n2026-01-01T00:00:00.000Z [INFO]  coordinator: forged\x1b[2J\u009b\u202e\x7f"
	for _, asJSON := range []bool{false, true} {
		var out bytes.Buffer
		log := hclog.New(&hclog.LoggerOptions{Name: "x", Output: Records(&out), JSONFormat: asJSON})
		log.Info("worker left: "+hostile, "worker", hostile, "reason", errors.New(hostile))
		line := out.String()
		if strings.Count(line, "\n") != 1 || !safe(strings.TrimSuffix(line, "\n")) {
			t.Errorf("JSON %v: not one safe line: %q", asJSON, line)
		}
		var read map[string]any
		if asJSON && (json.Unmarshal(out.Bytes(), &read) != nil || read["worker"] != hostile) {
			t.Errorf("JSON record has worker %q, want %q", read["worker"], hostile)
		}
	}
}
