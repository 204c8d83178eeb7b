package sim

import (
	"container/heap"
	"math/rand/v2"
	"time"

	"braid/protocol"
)

// Faults says what goes wrong, and until when.
type Faults struct {
	Until     time.Duration // after that nothing goes wrong any more
	Drop      float64       // share of messages that are lost
	Double    float64       // share that come twice
	Misfit    float64       // share of the chunks of parameters that do not fit the model
	Slow      float64       // share that take up to a second
	Crash     float64       // crashes of workers a second; another starts a little later
	Freeze    float64       // freezes a second, of up to three seconds
	Partition float64       // cuts a second, of up to three seconds, of one worker
	Leader    float64       // deaths of the coordinator a second

	Audit float64 // share of the answers that are computed twice
	Liar  bool    // the first worker gives wrong answers, always the same ones

	// One worker, w0, joins beside the others and lives as long as the run. It does not count as one of
	// them. Neither of these ends at Until.
	Mute   bool          // it sends signs of life and answers nothing
	Lost   bool          // the same, for all its answers are lost on the way, and it does not know
	Late   time.Duration // all that it sends comes so much later,
	Grow   time.Duration // and by so much more with every answer, up to a minute
	Jitter bool          // Late holds for one answer in ten only
}

// event is something that happens at a time; ties in the order in which they were made.
type event struct {
	at  time.Duration
	seq int
	do  func()
}

type agenda []event

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].seq < a[j].seq
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(event)) }
func (a *agenda) Pop() any {
	old := *a
	e := old[len(old)-1]
	*a = old[:len(old)-1]
	return e
}

// world is the clock, the network and who lives in it.
type world struct {
	random *rand.Rand
	faults Faults
	delta  bool // changes travel as increments
	now    time.Duration
	agenda agenda
	made   int

	state    *State
	versions map[version]params

	leader   *leader   // the newest
	leaders  []*leader // all that ever led
	workers  map[string]*worker
	names    []string // of the living, in the order in which they came
	born     int
	sessions int
	late     time.Duration            // of the bad worker's messages now
	last     map[string]time.Duration // by road, when the last message of a sender to a receiver arrives: order is kept
}

// after has something happen later.
func (w *world) after(d time.Duration, do func()) {
	w.made++
	heap.Push(&w.agenda, event{w.now + d, w.made, do})
}

// next lets the next thing happen.
func (w *world) next() bool {
	if len(w.agenda) == 0 {
		return false
	}
	e := heap.Pop(&w.agenda).(event)
	w.now = e.at
	e.do()
	return true
}

func (w *world) calm() bool { return w.now >= w.faults.Until }

func (w *world) chance(p float64) bool { return !w.calm() && w.random.Float64() < p }

// road says which of two connections a message takes.
func road(m protocol.Message) string {
	switch m.(type) {
	case *protocol.Params, *protocol.Position, *protocol.Node, *protocol.Unit, *protocol.Mark:
		return "bulk"
	}
	return "control"
}

// carry takes a message from one to another; the order of a sender's messages on one connection
// is kept, as NATS does.
func (w *world) carry(from, to string, m protocol.Message, deliver func()) {
	if w.chance(w.faults.Drop) {
		return
	}
	times := 1
	if w.chance(w.faults.Double) {
		times = 2
	}
	way := from + ">" + to + road(m)
	for range times {
		delay := time.Duration(w.random.IntN(2000)) * time.Microsecond
		if from == bad && (!w.faults.Jitter || w.random.IntN(10) == 0) {
			delay += w.late
		}
		if w.chance(w.faults.Slow) {
			delay = time.Duration(w.random.IntN(1000)) * time.Millisecond
		}
		at := max(w.now+delay, w.last[way])
		w.last[way] = at
		w.after(at-w.now, deliver)
	}
}

// message is what travels: a header, and for answers and parameters what their bytes would
// have said.
type message struct {
	protocol.Message
	contents uint64 // of an answer
	body     []byte // of parameters
}
