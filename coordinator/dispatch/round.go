package dispatch

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"braid/gradient"
	"braid/protocol"
)

// Round is one gradient or one scoring.
type Round struct {
	Kind  uint8 // protocol.RoundGradient, RoundScore
	Step  uint64
	Units int    // shards, or units of the scoring
	Scale []byte // of a gradient's order
	Split string // of a scoring's order

	// Published says that the parameters changed and are being published as the next
	// version.
	Published bool
}

type round struct {
	Round
	Number  uint64
	tree    gradient.Tree
	done    []bool
	left    int
	running bool // units were given out
	begun   time.Duration
	said    time.Duration // when a wait was last reported

	patience uint // how often deadlines were doubled because all were late
}

// name is how people know the round.
func (r *round) name() string {
	if r.Kind == protocol.RoundScore {
		return fmt.Sprintf("step %d, scoring %s", r.Step, r.Split)
	}
	return fmt.Sprintf("step %d", r.Step+1)
}

// units writes units as ranges: shards 0-3, 5.
func (r *round) units(units []int) string {
	noun := "shard"
	if r.Kind == protocol.RoundScore {
		noun = "chunk"
	}
	var b strings.Builder
	for i := 0; i < len(units); {
		j := i + 1
		for j < len(units) && units[j] == units[j-1]+1 {
			j++
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		if j-i == 1 {
			fmt.Fprint(&b, units[i])
		} else {
			fmt.Fprintf(&b, "%d-%d", units[i], units[j-1])
		}
		i = j
	}
	if len(units) != 1 {
		noun += "s"
	}
	return noun + " " + b.String()
}

// Number is the current round's, 0 if there is none.
func (m *Machine) Number() uint64 {
	if m.round == nil {
		return 0
	}
	return m.round.Number
}

// Version is the parameters'.
func (m *Machine) Version() uint64 { return m.version }

func (m *Machine) begin(b Round) {
	m.rounds++
	if b.Published {
		m.version++
	}
	m.round = &round{Round: b, Number: m.rounds, tree: gradient.Tree{S: b.Units}, done: make([]bool, b.Units), left: b.Units, begun: m.now, said: m.now}
	for _, w := range m.members {
		w.owed, w.asked, w.late = w.owed[:0], w.asked[:0], false
	}
	m.answerAsks()
	if b.Units == 0 {
		m.round.running = true
		m.out = append(m.out, Done{m.round.Number})
		return
	}
	m.cover()
}

func (m *Machine) end() {
	m.round = nil
	for _, w := range m.members {
		w.owed, w.asked, w.late = w.owed[:0], w.asked[:0], false
	}
}

// answered takes a node or unit that arrived whole.
func (m *Machine) answered(w *member, a Answer) {
	r := m.round
	if r == nil || a.Round != r.Number {
		m.Counters.Late++
		return
	}
	lo, hi := int(a.Number), int(a.Number)+1
	if r.Kind == protocol.RoundGradient {
		lo, hi = r.tree.Range(gradient.Node(a.Number))
	}
	fresh := false
	for u := lo; u < hi; u++ {
		if !r.done[u] {
			r.done[u], fresh = true, true
			r.left--
		}
	}
	if !fresh {
		m.Counters.Double++
	}
	m.measure(w, lo, hi)
	for _, o := range m.members {
		o.drop(func(u int) bool { return lo <= u && u < hi })
	}
	if fresh && r.left == 0 {
		m.out = append(m.out, Done{r.Number})
	}
}

// measure notes what a unit took once a member has answered all it was given.
func (m *Machine) measure(w *member, lo, hi int) {
	owned := len(w.owed)
	w.drop(func(u int) bool { return lo <= u && u < hi })
	w.answer = m.now
	if owned == 0 || len(w.owed) > 0 || w.granted == 0 {
		return
	}
	took := (m.now - w.ordered) / time.Duration(w.granted)
	if w.perUnit == 0 {
		w.perUnit = took
	}
	w.perUnit += (took - w.perUnit) / 4
	if m.round.Kind == protocol.RoundGradient {
		m.pace.add(took)
	}
}

// order gives units to a member.
func (m *Machine) order(w *member, units []int) {
	r := m.round
	for _, u := range units {
		if !slices.Contains(w.owed, u) {
			w.owed = append(w.owed, u)
		}
	}
	slices.Sort(w.owed)
	w.ordered, w.answer, w.granted, w.late = m.now, m.now, len(w.owed), false
	o := &protocol.Order{Term: m.c.Term, Round: r.Number, Kind: r.Kind, Step: r.Step, Version: m.version, Split: r.Split, Scale: r.Scale}
	for _, n := range r.numbers(units) {
		o.Nodes = protocol.AppendNumbers(o.Nodes, []uint32{n})
		if !slices.Contains(w.asked, n) {
			w.asked = append(w.asked, n)
		}
	}
	m.send(w, o, true)
}

// numbers are the fewest nodes that cover the units of a gradient; the units themselves
// for a scoring.
func (r *round) numbers(units []int) []uint32 {
	var numbers []uint32
	for i := 0; i < len(units); {
		if r.Kind == protocol.RoundScore {
			numbers = append(numbers, uint32(units[i]))
			i++
			continue
		}
		j := i + 1
		for j < len(units) && units[j] == units[j-1]+1 {
			j++
		}
		for _, n := range r.tree.Cover(units[i], units[j-1]+1) {
			numbers = append(numbers, uint32(n))
		}
		i = j
	}
	return numbers
}

// Rounds is how many rounds have begun.
func (m *Machine) Rounds() uint64 { return m.rounds }
