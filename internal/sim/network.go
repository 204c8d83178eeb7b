package sim

import (
	"container/heap"
	"math/rand/v2"
	"time"

	"braid/gradient"
	"braid/protocol"
)

// Faults are the rates of faults, and when they end.
type Faults struct {
	Until     time.Duration // end of all faults
	Drop      float64       // share of messages that are lost
	Double    float64       // share that come twice
	Misfit    float64       // share of the chunks of parameters that do not fit the model
	Slow      float64       // share that take up to a second
	Crash     float64       // crashes of workers a second; another starts a little later
	Freeze    float64       // freezes a second, of up to three seconds
	Partition float64       // cuts a second, of up to three seconds, of one worker
	Leader    float64       // deaths of the coordinator a second

	Audit float64 // share of the answers that are computed twice
	Liar  bool    // the first worker gives wrong answers, repeatably

	// One more worker, w0, lives as long as the run. Its faults do not end at Until.
	Mute   bool          // it sends heartbeats and no answers
	Lost   bool          // all its answers are lost in the network
	Late   time.Duration // delay of its messages
	Grow   time.Duration // growth of the delay with every answer, up to a minute in all
	Jitter bool          // the delay applies to one answer in ten only
}

// event is a call at a time. Calls at the same time are made in the order in which they were scheduled.
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

// world is the clock, the network, and the programs on it.
type world struct {
	random *rand.Rand
	faults Faults
	delta  bool // changes travel as increments
	tree   gradient.Tree
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
	last     map[string]time.Duration // by sender, receiver and connection: when the newest message arrives
}

// after schedules a call.
func (w *world) after(d time.Duration, do func()) {
	w.made++
	heap.Push(&w.agenda, event{w.now + d, w.made, do})
}

// next makes the next call.
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

// connection names the connection that carries a message.
func connection(m protocol.Message) string {
	switch m.(type) {
	case *protocol.Params, *protocol.Position, *protocol.Node, *protocol.ExampleBlock, *protocol.Mark:
		return "bulk"
	}
	return "control"
}

// carry delivers a message. Messages of one sender on one connection stay in order, as in NATS.
func (w *world) carry(from, to string, m protocol.Message, deliver func()) {
	if w.chance(w.faults.Drop) {
		return
	}
	times := 1
	if w.chance(w.faults.Double) {
		times = 2
	}
	way := from + ">" + to + connection(m)
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

// message is a header and its contents.
type message struct {
	protocol.Message
	contents uint64 // of an answer
	body     []byte // of parameters
}
