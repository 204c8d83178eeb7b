package dispatch

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"braid/protocol"
)

// Round is the task of a round: a *GradientRound or a *ScoreRound.
//
// Units are numbered from 0. Orders contain numbers, each of which covers one unit or several.
type Round interface {
	kind() uint8  // of the protocol
	units() int   // how many
	name() string // for people
	noun() string // of one unit, for people

	step() uint64      // as in an Order
	stepIndex() uint64 // last step, counted from 0, on which the result depends

	span(number uint32) (lo, hi int)             // units [lo, hi) of a number
	cover(numbers []uint32, lo, hi int) []uint32 // appends the fewest numbers that cover units [lo, hi)
	fill(o *protocol.Order)                      // sets the fields that depend on the type
}

type round struct {
	Round
	Number  uint64
	done    []bool
	left    int
	owners  [][]*member // by unit, the members that it is assigned to
	loose   bool        // a unit may be assigned to no member in time
	running bool        // units were assigned
	checks  []*check
	checked map[uint32]*check // checks by number; nil: none so far

	notFiniteConfirmed bool // two workers agree that the result is not finite: no other answer is checked for that
	finished           bool // done, failed or withdrawn
	begun              time.Duration
	said               time.Duration // when a wait was last reported

	arrived bool          // a member holds the round's parameters
	arrival time.Duration // when the first one did, from the begin of the round

	patience uint // how often deadlines were doubled because all were late

	failures   []failure     // since an answer was last accepted
	strandedAt time.Duration // time of the first failure, or of the last admission after it

	last     *member       // member of the last accepted answer
	lastAt   time.Duration // time of that answer
	othersAt time.Duration // time of the last answer of any other member; 0: none
}

// describeUnits writes units as ranges: shards 0-3, 5.
func (r *round) describeUnits(units []int) string {
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
	noun := r.noun()
	if len(units) != 1 {
		noun += "s"
	}
	return noun + " " + b.String()
}

// describe writes the units of a number.
func (r *round) describe(number uint32) string {
	lo, hi := r.span(number)
	var units []int
	for u := lo; u < hi; u++ {
		units = append(units, u)
	}
	return r.describeUnits(units)
}

// Number returns the number of the current round, 0 if there is none.
func (m *Machine) Number() uint64 {
	if m.round == nil {
		return 0
	}
	return m.round.Number
}

func (m *Machine) begin(b Begin) {
	m.begun++
	m.version = b.Version
	m.start(b.Round)
	if m.round.left == 0 {
		m.round.running = true
		m.finish()
		return
	}
	m.cover()
	m.startProbes()
}

// start makes a round under a new number.
func (m *Machine) start(b Round) {
	m.clear()
	clear(m.contributors)
	m.rounds++
	n := b.units()
	for len(m.owners) < n {
		m.owners = append(m.owners, nil)
	}
	for u := range m.owners[:n] {
		m.owners[u] = m.owners[u][:0]
	}
	m.round = &round{Round: b, Number: m.rounds, done: make([]bool, n), left: n, owners: m.owners[:n], loose: true,
		begun: m.now, said: m.now}
}

func (m *Machine) end() {
	m.round = nil
	m.clear()
}

// answered handles a complete answer.
func (m *Machine) answered(w *member, a Answer) {
	m.probed(w, a.Round, a.Number, a.Took)
	r := m.round
	if r == nil || r.finished || a.Round != r.Number {
		m.Counters.Late++
		return
	}
	if !a.Finite {
		m.Counters.NotFinite++
	}
	r.arrive(m.now - r.begun)
	number := uint32(a.Number)
	lo, hi := r.span(number)
	m.measure(w, lo, hi, a.Took)
	switch c := r.checkOf(number); {
	case c != nil:
		m.vote(c, w, a)
	case !slices.Contains(r.done[lo:hi], false):
		m.Counters.Double++
	case !a.Finite && !r.notFiniteConfirmed:
		m.openCheck(w, a, false)
	default:
		m.accept(w, number)
		m.audit(w, a)
	}
	m.finish()
}

// accept adds the current answer to the sum.
func (m *Machine) accept(w *member, number uint32) {
	r := m.round
	lo, hi := r.span(number)
	missed := r.overdue(lo, hi)
	r.settle(lo, hi)
	for _, o := range missed {
		m.miss(o, fmt.Sprintf("was late with %s, which %s computed", r.describe(number), w.name))
	}
	r.note(w, m.now)
	r.failures = nil
	m.contributors[w.id] = struct{}{}
	m.noteUnproved(w.id)
	m.out = append(m.out, Accept{number})
}

// finish ends the round if every unit is answered and every check is closed.
func (m *Machine) finish() {
	if r := m.round; r != nil && !r.finished && r.left == 0 && len(r.checks) == 0 {
		r.finished = true
		m.bill()
		m.out = append(m.out, Done{r.Number})
	}
}

// measure records the time per unit once a member has answered all its units.
func (m *Machine) measure(w *member, lo, hi int, compute time.Duration) {
	owned := w.owes
	m.round.pay(w, lo, hi)
	w.answer = m.now
	if owned == 0 || w.owes > 0 || w.granted == 0 {
		return
	}
	wall := m.now - w.ordered
	m.pace[m.round.kind()].add(wall / time.Duration(w.granted))
	if w.orders == 1 {
		m.learn(w, m.round.kind(), w.granted, wall, compute)
	}
	if !w.late {
		m.prove(w)
	}
}

// order assigns units to a member.
func (m *Machine) order(w *member, units []int) {
	r := m.round
	for _, u := range units {
		r.owe(w, u)
	}
	w.ordered, w.answer, w.granted, w.late = m.now, m.now, w.owes, false
	w.orders++
	if w.benched {
		w.benched = false
		m.say("%s is given shares again", w.name)
	}
	m.sendOrder(w, r.numbers(units))
}

// sendOrder orders numbers of the round.
func (m *Machine) sendOrder(w *member, numbers []uint32) {
	r := m.round
	o := &protocol.Order{Term: m.c.Term, Round: r.Number, Kind: r.kind(), Version: m.version,
		Nodes: protocol.AppendNumbers(nil, numbers)}
	r.fill(o)
	m.takePart(w)
	for _, n := range numbers {
		w.asked.add(n)
	}
	m.send(w, o, true)
}

// numbers lists the fewest numbers that cover the units, ascending.
func (r *round) numbers(units []int) (numbers []uint32) {
	for i := 0; i < len(units); {
		j := i + 1
		for j < len(units) && units[j] == units[j-1]+1 {
			j++
		}
		numbers = r.cover(numbers, units[i], units[j-1]+1)
		i = j
	}
	return numbers
}

// Rounds returns how many rounds have begun.
func (m *Machine) Rounds() uint64 { return m.rounds }
