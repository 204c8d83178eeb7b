package session

import (
	"encoding/binary"
	"errors"
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
//	> lead term=3            a Lead (by=other: of another leader; finished: the run is complete)
//	> welcome · fetched · unfetched · refused
//	> ready                  lead, welcome, fetched
//	> order round=1 version=1 2 3     nodes 2 and 3
//	> has 1                  the parameters are version 1 (newest=2: and some of version 2; feed=2: by the second
//	                         feed; lost: some were lost)
//	> arrives 1              as has 1, but the event is still to come
//	> applied · listen · listen off
//	> sent 2 · infinite 2 (node 2 is not finite) · uncomputed · credit 64 · nudge · unknown · unheard · drain
//	> 250ms                  time passes, with a tick every 50 ms (lead: the leader sends a Lead every 250 ms)
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
				t.Errorf("%s: the story went otherwise (-rewrite to accept):\n%s", file, got)
			}
		})
	}
}

type story struct {
	t   *testing.T
	m   *Machine
	now time.Duration
	out strings.Builder

	left uint64 // how often the parameters have stopped being a version
}

func play(t *testing.T, text string) string {
	s := &story{t: t, m: New(Config{})}
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

func (s *story) do(words []string) {
	value := func(key string, otherwise uint64) uint64 {
		for _, w := range words {
			if v, ok := strings.CutPrefix(w, key+"="); ok {
				n, err := strconv.ParseUint(v, 10, 64)
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
	var numbers []uint32
	for _, w := range words[1:] {
		if n, err := strconv.ParseUint(w, 10, 32); err == nil {
			numbers = append(numbers, uint32(n))
		}
	}
	step := func(message any) { s.print(s.m.Step(s.now, message)) }
	lead := func() {
		l := &protocol.Lead{Term: value("term", 3), Leader: "me", Job: "job"}
		if has("by=other") {
			l.Leader = "other"
		}
		if has("finished") {
			l.State = protocol.Finished
		}
		step(l)
	}
	welcome := func() {
		step(&protocol.Welcome{Term: value("term", 3), Leader: "me", Job: "job", Manifest: "m",
			Feed: 1 << protocol.FeedBits, Limit: 64})
	}
	switch words[0] {
	case "stay":
		s.m = New(Config{Stay: true})
	case "give-up":
		s.m = New(Config{GiveUp: 3 * time.Second})
	case "lead":
		lead()
	case "welcome":
		welcome()
	case "fetched":
		step(Fetched{"m", "job"})
	case "unfetched":
		step(NotFetched{"blob", errors.New("no such blob")})
	case "refused":
		step(&protocol.Refusal{Term: 3, Final: true, Reason: "its kernels are other ones"})
	case "ready":
		lead()
		welcome()
		step(Fetched{"m", "job"})
	case "order":
		step(&protocol.Order{Term: value("term", 3), Round: value("round", 1), Version: value("version", 1),
			Nodes: protocol.AppendNumbers(nil, numbers)})
	case "has", "arrives":
		version := uint64(numbers[0])
		r := Received{Term: value("term", 3), Newest: value("newest", version), Lost: has("lost"), Left: s.left,
			Progress: protocol.Progress{Feed: 1<<protocol.FeedBits + value("feed", 1)}}
		if r.Newest == version && !r.Lost {
			r.Version = version
		}
		if was := s.m.Local.Received.Version; was > 0 && was != r.Version {
			s.left++
			r.Left = s.left
		}
		s.m.Local.Received, s.m.Local.Applied = r, r.Progress
		if words[0] == "has" {
			step(Changed{})
		}
	case "applied":
		step(Acknowledge{})
	case "listen":
		step(&protocol.Listen{Term: value("term", 3), On: !has("off")})
	case "infinite":
		step(NotFinite{Step: 4, Number: numbers[0]})
	case "sent":
		for _, n := range numbers {
			step(Sent{value("term", s.m.term), value("round", s.m.round), n})
		}
	case "uncomputed":
		step(NotComputed{value("term", s.m.term), s.m.round, errors.New("no memory")})
	case "credit":
		step(&protocol.Credit{Term: value("term", 3), Limit: uint64(numbers[0])})
	case "nudge":
		step(&protocol.Nudge{Term: value("term", 3)})
	case "unknown":
		step(&protocol.Unknown{Term: value("term", 3)})
	case "unheard":
		step(Unheard{})
	case "drain":
		step(Drain{})
	default:
		d, err := time.ParseDuration(words[0])
		if err != nil {
			s.t.Fatalf("%v: no such word", words)
		}
		for end := s.now + d; s.now < end; {
			s.now += 50 * time.Millisecond
			if has("lead") && s.now%(250*time.Millisecond) == 0 {
				lead()
			}
			s.print(s.m.Tick(s.now))
		}
	}
}

func (s *story) print(effects []Effect) {
	for _, e := range effects {
		fmt.Fprintf(&s.out, "%5dms  ", s.now.Milliseconds())
		switch e := e.(type) {
		case Send:
			fmt.Fprintf(&s.out, "send %s\n", describe(e.Message))
		case Fetch:
			fmt.Fprintln(&s.out, "fetch")
		case Compute:
			fmt.Fprintf(&s.out, "compute nodes %v of round %d with version %d\n",
				nodes(e.Order.Nodes), e.Order.Round, e.Order.Version)
		case Listen:
			fmt.Fprintf(&s.out, "listen %v\n", e.On)
		case Cancel:
			fmt.Fprintln(&s.out, "cancel")
		case Credit:
			fmt.Fprintf(&s.out, "credit up to %d, fresh %v\n", e.Limit, e.Fresh)
		case Exit:
			fmt.Fprintf(&s.out, "exit: %v\n", e.Err)
		case Say:
			fmt.Fprintf(&s.out, "say: %s\n", e.Text)
		}
	}
}

func nodes(b []byte) (n []uint32) {
	for i := 0; i < len(b); i += 4 {
		n = append(n, binary.LittleEndian.Uint32(b[i:]))
	}
	return n
}

func describe(m protocol.Message) string {
	switch m := m.(type) {
	case *protocol.Beat:
		return fmt.Sprintf("beat, term %d, job %q, version %d, round %d, owed %d, draining %v",
			m.Term, m.Job, m.Version, m.Round, m.Owed, m.Draining)
	case *protocol.Ask:
		return fmt.Sprintf("ask, knows feed %d of session %d", m.Feed&(1<<protocol.FeedBits-1), m.Feed>>protocol.FeedBits)
	case *protocol.Ack:
		return fmt.Sprintf("ack, version %d", m.Version)
	case *protocol.Failed:
		return "failed: " + m.Reason
	case *protocol.Leave:
		return "leave: " + m.Reason
	}
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", m), "*protocol."))
}
