package sim

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// weakened are the rules of the assembly of versions: the text of a file that implements a rule, and its replacement.
// Rules that a second rule secures are not here: they have tests in worker/session and coordinator/stream.
var weakened = []struct{ name, file, rule, without string }{
	// worker/session/intake.go
	{"chunks of another term are ignored", intake,
		"case p.Term != in.term:\n\t\treturn false\n\tcase p.Feed == 0",
		"case p.Feed == 0"},
	{"a gap in the count is a loss", intake, "in.lost = count != last+1", "in.lost = false"},
	{"a repeated chunk does not count", intake,
		"if in.lost || count <= last {",
		"if in.lost {\n\t\treturn false\n\t}\n\tif count <= last {\n\t\treturn true"},
	{"a part of a multicast is no version", intake, "in.complete && !in.within", "in.complete"},
	{"a part of a feed is no version", intake, "if in.complete && !", "if !"},
	{"a new feed leaves the multicast", intake,
		"in.joined, in.within, in.lost = feed, 0, false, false, false, false",
		"in.within, in.lost = feed, 0, false, false, false"},
	{"a new feed counts from 0", intake,
		"in.feed, in.count, in.complete, in.joined, in.within, in.lost = feed, 0, false",
		"in.feed, in.complete, in.joined, in.within, in.lost = feed, false"},
	{"a new feed heals a loss", intake,
		"in.within, in.lost = feed, 0, false, false, false, false",
		"in.within = feed, 0, false, false, false"},
	{"the multicast counts after the position", intake,
		"if !in.joined {\n\t\tin.ignored = max(in.ignored, p.Count)\n\t\treturn false\n\t}",
		"if !in.joined {\n\t\tin.joined, in.seq = true, p.Count-1\n\t}"},
	{"a position finds a lost chunk of the feed", intake, "if p.Count > in.count || p", "if p"},
	{"a version of the multicast ends with its last chunk", intake,
		"in.seq, in.within = p.Count, !p.Last",
		"in.seq = p.Count"},

	// worker/session/assembly.go
	{"a chunk that does not fit is lost", assembly, "a.intake.Lose()", "a.intake.Count(p)"},
	{"an order needs its version", assembly, " || o.Version != a.intake.Version()", ""},
	{"a version is packed", assembly, "Version: a.intake.Version(),", ""},

	// worker/session
	{"an order waits for its version", orders,
		"if o.Version == m.received.Version && o.Version > 0 {",
		"if true {"},
	{"an order that waits is computed with its version", orders,
		"if o := m.pending; o != nil && o.Version == r.Version {",
		"if o := m.pending; o != nil {"},
	{"an order that waits is computed", orders,
		"m.out = append(m.out, Compute{*o})\n\t}\n\tm.leave",
		"}\n\tm.leave"},
	{"dropped orders are not owed", orders, "if dropped {\n", "if dropped && false {\n"},
	{"lost parameters are asked for", orders, "return m.received.Lost || none", "return none"},

	// coordinator/stream
	{"the first version has no base", begin, "case c.All || m.version == 0:", "case c.All:"},
	{"without a base all items travel", begin, "case c.All || m.version == 0:", "case m.version == 0:"},
	{"the feed brings what changes before the multicast does", begin, "r.lacks.add(items)\n", "\n"},
	{"a feed waits for increments", next, "return m.delta || ", "return "},
	{"a feed ends after the multicast", next,
		"return m.delta || r.lacks.n == 1 || r.lacks.bytes <= int64(m.c.Chunk)",
		"return m.delta"},
	{"a new feed sends again what was under way", receiver,
		"for _, f := range r.feeding.out {\n\t\tr.lacks.add(f.items)\n\t}",
		""},
	{"a new feed brings the multicast that was not acknowledged", receiver,
		"m.history.since(r.casting.acked, &r.lacks)",
		""},
	{"a worker joins between two versions", receiver, "if m.casting || m.version == 0 {", "if m.version == 0 {"},
}

// Files of the rules.
const (
	intake   = "worker/session/intake.go"
	assembly = "worker/session/assembly.go"
	orders   = "worker/session/orders.go"
	begin    = "coordinator/stream/stream.go"
	next     = "coordinator/stream/next.go"
	receiver = "coordinator/stream/receiver.go"
)

// The simulator drives the real machines, so that it finds each rule of theirs that is not kept: every rule is taken
// out of a copy of its file, with which the simulator is compiled and run.
func TestWeakenedRulesAreFound(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range weakened {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			file, dir := filepath.Join(root, w.file), t.TempDir()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(text), w.rule); n != 1 {
				t.Fatalf("%s has the text of the rule %d times:\n%s", w.file, n, w.rule)
			}
			if testing.Short() {
				t.Skip("compiles the simulator")
			}
			write := func(name string, b []byte) string {
				name = filepath.Join(dir, name)
				if err := os.WriteFile(name, b, 0o644); err != nil {
					t.Fatal(err)
				}
				return name
			}
			weak := write("weak.go", []byte(strings.Replace(string(text), w.rule, w.without, 1)))
			overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{file: weak}})
			if err != nil {
				t.Fatal(err)
			}
			binary := filepath.Join(dir, "sim.test")
			compile := exec.Command("go", "test", "-c", "-overlay", write("overlay.json", overlay), "-o", binary, ".")
			if out, err := compile.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			play := exec.Command(binary, "-test.run=TestSchedules|TestLiarIsFound", "-schedules=150", "-test.failfast")
			out, _ := play.CombinedOutput()
			if !strings.Contains(string(out), "--- FAIL") {
				t.Errorf("is not found: %s", out)
			} else {
				t.Logf("%.300s", out)
			}
		})
	}
}
