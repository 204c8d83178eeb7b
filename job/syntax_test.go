package job

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// allocated returns the number of bytes that f allocates, garbage included.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// maxAllocated bounds what parsing any text may allocate, kept or not.
const maxAllocated = 512 << 20

// Texts that make a YAML parser slow or use much memory. Each is refused with its position at
// little cost.
func TestHostileSyntax(t *testing.T) {
	const size = 50_000
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	var keys, stairs strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&keys, "a%d: b\n", i)
	}
	for i := range 300 {
		stairs.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	for name, c := range map[string]struct{ text, place string }{
		"brackets":          {fill("["), "x.yaml:1:17: nested deeper than 16 levels"},
		"braces":            {fill("{a: "), "x.yaml:1:65: nested deeper than 16 levels"},
		"brackets in lines": {"data: " + strings.Repeat("[\n", 20_000), "x.yaml:16:1: nested deeper"},
		"dashes":            {fill("- "), "x.yaml:1:33: nested deeper than 16 levels"},
		"questions":         {fill("? "), "x.yaml:1:33: nested deeper than 16 levels"},
		"stairs":            {stairs.String(), "x.yaml:17:18: nested deeper than 16 levels"},
		"mixed":             {strings.Repeat("- a: [{b: ", 5000), "nested deeper than 16 levels"},
		"keys":              {keys.String(), "x.yaml:8193:6: more than 8192 keys"},
		"commas":            {"data: [" + strings.Repeat(",", 60_000), "x.yaml:1:50006: more than 50000 brackets"},
		"colons":            {fill("a: "), ""},
		"anchors":           {fill("&a "), `x.yaml:1:1: "&": a job has no anchors`},
		"aliases":           {"a: &a [b]\n" + strings.Repeat("c: *a\n", 5000), ""},
		"laughs": {"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b]\nname: *c\n",
			"x.yaml:1:4: \"&\": a job has no anchors"},
		"alias":             {"name: *a\n", "x.yaml:1:7: "},
		"tags":              {fill("!!a "), "x.yaml:1:1: "},
		"merges":            {fill("<<: "), "x.yaml:1:1: "},
		"comments":          {fill("#x\n"), ""},
		"directives":        {fill("%a\n"), ""},
		"documents":         {fill("---\n"), ""},
		"open quote":        {`"` + fill("x"), ""},
		"NUL":               {fill("\x00"), ""},
		"one byte too many": {strings.Repeat(" ", maxBytes+1), "x.yaml: more than 1048576 bytes is too large"},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			n := allocated(func() { _, err = Parse("x.yaml", []byte(c.text), nil) })
			var place *Error
			if !errors.As(err, &place) || !strings.Contains(err.Error(), c.place) || strings.Contains(err.Error(), "\n") ||
				len(err.Error()) > 400 {
				t.Errorf("%.400v, want %s", err, c.place)
			}
			if n > maxAllocated/4 {
				t.Errorf("%d MB for %d bytes", n>>20, len(c.text))
			}
		})
	}
}

// The deepest nesting that is accepted.
func TestNestingOfAJob(t *testing.T) {
	flat := strings.Repeat("  - {name: a, kind: b, class_weights: {x: 1, y: 2}}\n", 1000)
	if _, err := parseYAML("x.yaml", []byte("tasks:\n"+flat)); err != nil {
		t.Error(err)
	}
}

func FuzzSyntax(f *testing.F) {
	for _, s := range []string{"[[[{a: ", "- - - ? ", "a:\n b:\n  c:\n", "a: &a [*a]\n", "<<: *x\n", "!!map {",
		"|\n x\n", "%YAML 1.2\n---\n"} {
		f.Add(s, uint16(3))
	}
	f.Fuzz(func(t *testing.T, s string, times uint16) {
		if len(s) == 0 || len(s) > 64 {
			return
		}
		text := strings.Repeat(s, min(int(times), 20_000/len(s)+1))
		if n := allocated(func() { _, _ = Parse("fuzz.yaml", []byte(text), nil) }); n > maxAllocated {
			t.Errorf("%d MB for %d bytes of %q", n>>20, len(text), s)
		}
	})
}

// A job file is UTF-8, with or without a byte order mark.
func TestEncodings(t *testing.T) {
	const text = "name: café\ndata: {d: {format: jsonl, train: t}}\ntasks: [{name: a, kind: regression, field: f}]\n" +
		"training: {steps: 1}\n"
	if j, err := Parse("x.yaml", []byte("\ufeff"+text), nil); err != nil || j.Name != "café" {
		t.Errorf("with a byte order mark: %v", err)
	}
	for file, want := range map[string]string{
		"\xff\xfen\x00": "x.yaml: is UTF-16, not UTF-8: convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW",
		"n\x00a\x00m\x00": "x.yaml:1:2: a NUL byte: this is no text: remove it; from UTF-16: iconv -f " +
			"UTF-16 -t UTF-8 FILE > NEW",
		"seed: 1\nname: \"é caf\xe9\"\n": "x.yaml:2:14: not UTF-8: save the file as UTF-8 (from Latin-1: iconv -f " +
			"LATIN1 -t UTF-8 FILE > NEW)",
		"[]\n": "x.yaml:1:1: a job must be a mapping: write `key: value` lines or {key: value}",
	} {
		if _, err := Parse("x.yaml", []byte(file), nil); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", file, err, want)
		}
	}
}
