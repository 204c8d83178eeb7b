package protocol

import "braid/gradient"

// Message is one of the structs of this file. Fields are scalars, strings and []byte; see
// the package comment. Who sends it is known from the subject, never from a field.
type Message interface{ kind() byte }

// States of a leader.
const (
	Leading  = 0 // a run is under way or about to begin
	Finished = 1 // the run is complete: workers may go
)

// Lead goes to all every beat.
type Lead struct {
	Term   uint64 // fencing number
	Leader string // drawn at random by each coordinator process
	Job    string // hash
	State  uint8
	Note   string // for people: what the leader is doing
}

// Hello asks to join.
type Hello struct {
	Session    string // of this process, drawn at random; part of subjects
	Host       string
	PID        int64
	Threads    int64
	Class      string
	SelfTest   []byte
	Platform   string
	MaxPayload int64 // of the worker's server
}

// Welcome lets a worker in.
type Welcome struct {
	Term     uint64
	Leader   string
	Job      string // hash
	Manifest string // hash of the manifest, which names everything to fetch
	Feed     uint64 // the numbers of the worker's feeds are greater
	Chunk    uint32 // bytes of tensors a message may carry
	Limit    uint64 // chunks that may be sent before the first Credit
}

// Refusal turns a worker away. Final: trying again will not help.
type Refusal struct {
	Term   uint64
	Final  bool
	Reason string
}

// Kinds of rounds.
const (
	RoundGradient = 0
	RoundScore    = 1
)

// Order asks for nodes of a step's tree, or for units of a split to be scored.
type Order struct {
	Term    uint64
	Round   uint64 // counts gradients and scorings of a term
	Kind    uint8
	Step    uint64
	Version uint64 // of the parameters to use
	Nodes   []byte // gradient: numbers of nodes; score: numbers of units (uint32)
	Scale   []byte // gradient: by task, factor on its dLogits (float32)
	Split   string // score: train, dev, test
}

// Node is one chunk of a node's gradient; its body is the chunk, in package gradient's form.
type Node struct {
	Term  uint64
	Round uint64
	Step  uint64
	Node  uint32
	Part
	Nanos int64  // that the node took, in the last chunk
	Count uint64 // of the worker's chunks since Welcome, with this one
}

// Unit is a scored unit; its body is the score.
type Unit struct {
	Term  uint64
	Round uint64
	Unit  uint32
	Nanos int64
}

// Failed says that an order cannot be computed; not for what may pass.
type Failed struct {
	Term   uint64
	Round  uint64
	Reason string
}

// Params is one chunk of parameters; its body is the chunk, in package gradient's form: values,
// float32, or with Delta increments to add, in the job's precision. Chunks of one road are counted
// without a gap.
type Params struct {
	Term    uint64
	Version uint64
	Feed    uint64 // number of the worker's feed; 0: the multicast
	Count   uint64 // of the feed's chunks, or of the term's multicast, with this one
	Last    bool   // feed: nothing is lacking to Version now. Multicast: the version ends
	Delta   bool
}

// Precision is that of the body, for a job of a precision.
func (p *Params) Precision(job gradient.Precision) gradient.Precision {
	if p.Delta {
		return job
	}
	return gradient.F32
}

// FeedBits is how many bits of a feed's number count the feeds of a session. A worker starts with the
// number of its Welcome, which no feed has.
const FeedBits = 24

// Position travels on the road of the parameters and says what was sent before it: what has not
// arrived by then is lost.
type Position struct {
	Term   uint64
	Feed   uint64 // newest feed of the worker
	Count  uint64 // chunks of it
	Joined bool   // the worker gets every chunk of the multicast after Since
	Since  uint64
	Seq    uint64 // chunks of the multicast
}

// Listen has a worker subscribe to the multicast of parameters, or end its subscription.
type Listen struct {
	Term uint64
	On   bool
}

// Progress is how far a worker is with its parameters.
type Progress struct {
	Feed      uint64 // newest feed of which it knows
	Count     uint64 // chunks of it that arrived without a gap
	Seq       uint64 // multicast: all chunks up to this count arrived, once it has joined
	Listening bool   // it has subscribed to the multicast
}

// Ask says that a worker lacks parameters and that nothing of them is on its way as far as it knows.
type Ask struct {
	Term uint64
	Progress
}

// Ack says how far a worker is, for credit.
type Ack struct {
	Term    uint64
	Version uint64 // of the parameters it holds, 0: of none
	Progress
}

// Beat is the worker's sign of life.
type Beat struct {
	Term     uint64
	Job      string // hash, computed from what was fetched; empty until then
	Version  uint64 // of the parameters it holds, 0: of none
	Round    uint64 // it works on, 0: none yet
	Owed     uint64 // nodes and units of this round that are not yet sent
	Blocked  bool   // has chunks to send and no credit
	Draining bool   // wants no further order
	Progress
}

// Mark travels on the road of the chunks themselves and says how many were sent before it: one that
// has not arrived by then is lost. A sender that waits sends it from time to time.
type Mark struct {
	Term  uint64
	Count uint64
}

// Nudge asks for a Beat.
type Nudge struct{ Term uint64 }

// Credit allows chunks up to a total since Welcome.
type Credit struct {
	Term  uint64
	Limit uint64
}

// Unknown tells a worker that the leader does not know it: join again.
type Unknown struct{ Term uint64 }

// Unfetched says that a worker could not fetch what the job needs; it tries again by itself.
type Unfetched struct {
	Term   uint64
	Hash   string // of the blob, "": the store itself
	Reason string
}

// Leave says goodbye.
type Leave struct {
	Term   uint64
	Reason string
}

// Part says which chunk of a whole this is.
type Part struct {
	Index uint32
	Last  bool
}

func (*Lead) kind() byte      { return 1 }
func (*Hello) kind() byte     { return 2 }
func (*Welcome) kind() byte   { return 3 }
func (*Refusal) kind() byte   { return 4 }
func (*Order) kind() byte     { return 5 }
func (*Node) kind() byte      { return 6 }
func (*Unit) kind() byte      { return 7 }
func (*Failed) kind() byte    { return 8 }
func (*Params) kind() byte    { return 9 }
func (*Ask) kind() byte       { return 10 }
func (*Beat) kind() byte      { return 11 }
func (*Nudge) kind() byte     { return 12 }
func (*Credit) kind() byte    { return 13 }
func (*Unknown) kind() byte   { return 14 }
func (*Leave) kind() byte     { return 15 }
func (*Mark) kind() byte      { return 16 }
func (*Position) kind() byte  { return 17 }
func (*Listen) kind() byte    { return 18 }
func (*Ack) kind() byte       { return 19 }
func (*Unfetched) kind() byte { return 20 }

// fresh returns an empty message of a kind, or nil.
func fresh(kind byte) Message {
	switch kind {
	case 1:
		return new(Lead)
	case 2:
		return new(Hello)
	case 3:
		return new(Welcome)
	case 4:
		return new(Refusal)
	case 5:
		return new(Order)
	case 6:
		return new(Node)
	case 7:
		return new(Unit)
	case 8:
		return new(Failed)
	case 9:
		return new(Params)
	case 10:
		return new(Ask)
	case 11:
		return new(Beat)
	case 12:
		return new(Nudge)
	case 13:
		return new(Credit)
	case 14:
		return new(Unknown)
	case 15:
		return new(Leave)
	case 16:
		return new(Mark)
	case 17:
		return new(Position)
	case 18:
		return new(Listen)
	case 19:
		return new(Ack)
	case 20:
		return new(Unfetched)
	}
	return nil
}
