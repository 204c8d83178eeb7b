package dispatch

import (
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"braid/protocol"
)

var rewrite = flag.Bool("rewrite", false, "write the stories' logs anew")

// A story is a text. Lines that begin with "> " are events; the lines after an event are the effects of the machine.
// "#" begins a comment. The words:
//
//	> new min=1              a machine, before all other events (audit: every answer is audited; audit=0.3: some;
//	                         accepts: print accepted answers)
//	> hello w1               a worker asks to join (class=other: with other kernels; payload=N;
//	                         session=2: another process of that name)
//	> fetched w1             its beat with the right job hash (wrong: with another)
//	> caught w1 · behind w1  it holds all parameters, or lacks some
//	> join w1                hello, fetched, caught
//	> ack w1 version=2       it receives parameters and holds a version, 0: of none
//	> beat w1 round=1 owed=2 blocked draining term=9    a heartbeat
//	> chunks w1 n=3          three chunks arrive (count=9: the first is the ninth) · mark w1 9
//	> begin units=8 step=0   a gradient (score: a scoring; unchanged: no new parameters)
//	> answer w1 2 3          answers to numbers of this round arrive (round=9: of another;
//	                         bits=7: with other bits than usual; nan: not finite; took=9: 9 ms of computing)
//	> work w1 took=9         the answers to all its orders of this round arrive
//	> late w1 2 round=9      the end of an answer of that round arrives (took=9)
//	> end                    the round is over · counters
//	> ask w1 · leave w1 · void w1 · bad w1
//	> failed w1              it cannot compute its order (otherwise: for another reason; round=9)
//	> nonsense w1 n=9        nine messages that no correct worker sends
//	> +250ms                 time passes, with a tick every 50 ms; silent workers stay silent,
//	                         those named after it send a beat every 250 ms
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(text))
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(text) {
				t.Errorf("%s: the story went otherwise (-rewrite to accept):\n%s", file, difference(string(text), got))
			}
		})
	}
}

func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		a, b := "", ""
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return fmt.Sprintf("line %d\n  want %s\n  got  %s", i+1, a, b)
		}
	}
	return ""
}

type story struct {
	t   *testing.T
	m   *Machine
	now time.Duration
	out strings.Builder

	ordered map[string][]uint32 // of each worker and not answered by "work"

	acks    uint64
	version uint64            // of the parameters
	accepts bool              // tell of answers that are accepted
	seats   map[string]string // by worker: the session that is listened to
}

func play(t *testing.T, text string) string {
	s := &story{t: t, ordered: map[string][]uint32{}, seats: map[string]string{}}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "> "):
			fmt.Fprintln(&s.out, line)
			s.do(strings.Fields(line[2:]))
		case line == "" || strings.HasPrefix(line, "#"):
			fmt.Fprintln(&s.out, line)
		}
	}
	return s.out.String()
}

var testIdentity = protocol.Identity{Class: "a", SelfTest: []byte{1, 2, 3, 4}, Platform: "test"}

func (s *story) do(words []string) {
	value := func(key string, otherwise int) int {
		for _, w := range words {
			if v, ok := strings.CutPrefix(w, key+"="); ok {
				n, err := strconv.Atoi(v)
				if err != nil {
					s.t.Fatal(err)
				}
				return n
			}
		}
		return otherwise
	}
	has := func(word string) bool {
		for _, w := range words[1:] {
			if w == word {
				return true
			}
		}
		return false
	}
	who := ""
	if len(words) > 1 {
		who = words[1]
	}
	step := func(message any) { s.print(s.m.Step(s.now, who, message)) }
	round := func() uint64 { return uint64(value("round", int(s.m.Number()))) }
	took := func() time.Duration { return time.Duration(value("took", 0)) * time.Millisecond }
	hello := func() {
		n := value("session", 1)
		h := &protocol.Hello{Session: fmt.Sprint("s", n), Host: "h", PID: int64(n), Threads: 2, Class: "a",
			SelfTest: testIdentity.SelfTest, Platform: "test", MaxPayload: int64(value("payload", 1<<20))}
		if has("class=other") {
			h.Class = "b"
		}
		step(h)
	}
	fetched := func() {
		b := &protocol.Beat{Term: 3, Job: "job"}
		if has("wrong") {
			b.Job = "another job"
		}
		step(b)
	}
	switch words[0] {
	case "new":
		audit := 0.0
		for _, w := range words {
			if v, ok := strings.CutPrefix(w, "audit="); ok {
				audit, _ = strconv.ParseFloat(v, 64)
			}
		}
		if has("audit") {
			audit = 1
		}
		s.accepts = has("accepts")
		s.m = New(Config{Audit: audit, Seed: 1, Term: 3, Leader: "me", Job: "job", Manifest: "manifest",
			Identity: testIdentity, Chunk: 512 << 10, MinWorkers: value("min", 1)})
	case "hello":
		hello()
	case "fetched":
		fetched()
	case "caught":
		step(Caught{})
	case "behind":
		step(Behind{"it lost parameters"})
	case "ack":
		s.acks++
		step(&protocol.Ack{Term: 3, Version: uint64(value("version", 0)), Progress: protocol.Progress{Count: s.acks}})
	case "join":
		hello()
		fetched()
		step(Caught{})
	case "beat":
		step(&protocol.Beat{Term: uint64(value("term", 3)), Job: "job", Round: round(), Owed: uint64(value("owed", 0)),
			Blocked: has("blocked"), Draining: has("draining")})
	case "begin":
		n, at := value("units", 8), uint64(value("step", 0))
		r := Round(&GradientRound{Step: at, Shards: n})
		if has("score") {
			r = &ScoreRound{Step: at, Blocks: n, Split: "dev"}
		}
		who = ""
		if !has("unchanged") {
			s.version++
		}
		step(Begin{r, s.version})
	case "counters":
		fmt.Fprintf(&s.out, "%5dms  %+v\n", s.now.Milliseconds(), s.m.Counters)
	case "end":
		step(End{})
	case "answer":
		for _, w := range words[2:] {
			if n, err := strconv.Atoi(w); err == nil {
				step(Answer{Round: round(), Number: uint64(n), Finite: !has("nan"), Took: took(),
					Digest: [32]byte{byte(value("bits", 0))}})
			}
		}
	case "late":
		n, _ := strconv.Atoi(words[2])
		step(&protocol.Node{Term: 3, Round: uint64(value("round", 0)), Node: uint32(n), Nanos: took().Nanoseconds(),
			Part: protocol.Part{Last: true}})
	case "work":
		ordered := s.ordered[who]
		s.ordered[who] = nil
		for _, n := range ordered {
			if s.m.Asked(who, s.m.Number(), n) {
				step(Answer{Round: s.m.Number(), Number: uint64(n), Finite: true, Took: took()})
			}
		}
	case "chunks":
		first := value("count", 1)
		for i := range value("n", 1) {
			step(&protocol.Node{Term: uint64(value("term", 3)), Count: uint64(first + i)})
		}
	case "mark":
		n, err := strconv.Atoi(words[2])
		if err != nil {
			s.t.Fatal(err)
		}
		step(&protocol.Mark{Term: 3, Count: uint64(n)})
	case "ask":
		step(&protocol.Ask{Term: 3})
	case "leave":
		step(&protocol.Leave{Term: 3, Reason: "asked to stop"})
	case "void":
		step(NoResponder{})
	case "failed":
		reason := "no memory"
		if has("otherwise") {
			reason = "no disk"
		}
		step(&protocol.Failed{Term: 3, Round: round(), Reason: reason})
	case "unfetched":
		step(&protocol.Unfetched{Term: 3, Reason: "blob is not there"})
	case "nonsense":
		for range value("n", 1) {
			step(ProtocolViolation{"a worker speaks as a coordinator"})
		}
	case "flood":
		step(Flood{"more messages than any worker has reason to send"})
	case "bad":
		step(MalformedAnswer{"its gradient cannot be read"})
	default:
		s.pass(words)
	}
}

// pass lets time go by.
func (s *story) pass(words []string) {
	d, err := time.ParseDuration(words[0])
	if err != nil {
		s.t.Fatalf("%v: no such word", words)
	}
	for end := s.now + d; s.now < end; {
		const tick = 50 * time.Millisecond
		if s.now = min(s.now.Truncate(tick)+tick, end); s.now%tick > 0 {
			break
		}
		s.print(s.m.Tick(s.now))
		if s.now%(250*time.Millisecond) == 0 {
			for _, w := range words[1:] {
				s.print(s.m.Step(s.now, w, &protocol.Beat{Term: 3, Job: "job", Round: s.m.Number(), Owed: 1}))
			}
		}
	}
}

func (s *story) print(effects []Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case Accept:
			if !s.accepts {
				continue
			}
		case Silent:
			continue // the log has a line about it
		case Admit:
			if s.seats[e.Worker] != "" {
				s.t.Errorf("%s is admitted twice", e.Worker)
			}
			s.seats[e.Worker] = e.Session
			continue
		case Remove:
			if s.seats[e.Worker] != e.Session {
				s.t.Errorf("%s is removed and was not admitted", e.Worker)
			}
			delete(s.seats, e.Worker)
			continue
		}
		fmt.Fprintf(&s.out, "%5dms  ", s.now.Milliseconds())
		switch e := e.(type) {
		case Send:
			o, order := e.Message.(*protocol.Order)
			_, nudge := e.Message.(*protocol.Nudge)
			if e.Void != (order || nudge) {
				s.t.Errorf("%T: void is %v", e.Message, e.Void)
			}
			if order {
				numbers, _ := protocol.Numbers(o.Nodes, len(o.Nodes))
				s.ordered[e.Worker] = append(s.ordered[e.Worker], numbers...)
			}
			to := e.Worker
			if e.Session != "s1" {
				to += "." + e.Session
			}
			fmt.Fprintf(&s.out, "to %s: %s\n", to, describe(e.Message))
		case Say:
			fmt.Fprintf(&s.out, "say: %s\n", e.Text)
		case Wait:
			fmt.Fprintf(&s.out, "wait: %s\n", e.Text)
		case Accept:
			fmt.Fprintf(&s.out, "accept: %d\n", e.Number)
		case Restart:
			fmt.Fprintf(&s.out, "restart: round %d\n", e.Round)
		case Withdraw:
			fmt.Fprintf(&s.out, "withdraw from step %d: %s\n", e.Step+1, e.Text)
		case Quarantined:
			fmt.Fprintf(&s.out, "quarantined: %s\n", e.Worker)
		case Done:
			fmt.Fprintf(&s.out, "done: round %d\n", e.Round)
		case Fail:
			fmt.Fprintf(&s.out, "fail: %s\n", e.Text)
		}
	}
}

func describe(m protocol.Message) string {
	switch m := m.(type) {
	case *protocol.Welcome:
		return fmt.Sprintf("welcome, term %d, session %d, %d chunks", m.Term, m.Feed>>protocol.FeedBits, m.Limit)
	case *protocol.Refusal:
		return "refused: " + m.Reason
	case *protocol.Order:
		var nodes []uint32
		for i := 0; i < len(m.Nodes); i += 4 {
			nodes = append(nodes, binary.LittleEndian.Uint32(m.Nodes[i:]))
		}
		if m.Kind == protocol.RoundScore {
			return fmt.Sprintf("order of round %d: score %s chunks %v, version %d", m.Round, m.Split, nodes, m.Version)
		}
		return fmt.Sprintf("order of round %d: nodes %v, version %d", m.Round, nodes, m.Version)
	case *protocol.Credit:
		return fmt.Sprintf("credit up to %d chunks", m.Limit)
	}
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", m), "*protocol."))
}
