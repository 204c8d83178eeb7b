package protocol

import "braid/gradient"

// Message is one of the structs of this file. Fields are scalars, strings and []byte, see the package comment. The
// sender is known from the subject, never from a field.
type Message interface{ kind() byte }

// States of a leader.
const (
	Leading  = 0 // a run is in progress or about to begin
	Finished = 1 // the run is complete: workers may leave
)

// Lead is sent to all workers every beat.
type Lead struct {
	Term   uint64 // fencing number
	Leader string // drawn at random by each coordinator process
	Job    string // hash
	State  uint8  // Leading or Finished
	Note   string // for people: what the leader is doing
}

// Hello asks for admission.
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

// Welcome admits a worker.
type Welcome struct {
	Term     uint64
	Leader   string
	Job      string // hash
	Manifest string // hash of the manifest, which names the items to fetch
	Feed     uint64 // the numbers of the worker's feeds are greater
	Chunk    uint32 // bytes of tensors that a message may carry
	Limit    uint64 // chunks that may be sent before the first Credit
}

// Refusal refuses a worker. If Final is set, trying again will not help.
type Refusal struct {
	Term   uint64
	Final  bool
	Reason string
}

// Kinds of rounds.
const (
	RoundGradient = 0
	RoundScore    = 1
	RoundMeasure  = 2

	RoundKinds = 3
)

// Order asks for nodes of the trees of a step or of the measurement before it, or for the scores of blocks of a split.
type Order struct {
	Term    uint64
	Round   uint64 // counts gradients and scorings of a term
	Kind    uint8  // RoundGradient, RoundScore or RoundMeasure
	Step    uint64
	Version uint64 // of the parameters to use
	Nodes   []byte // gradient, measure: numbers of nodes; score: numbers of blocks (uint32)
	Scale   []byte // gradient, measure: by task, factor on its dLogits (float32)
	Split   string // score: train, dev, test

	Outcomes bool // score: with the outcomes of single examples
}

// Node is one chunk of a node's gradient. The body is the chunk, as package gradient encodes it.
type Node struct {
	Term  uint64
	Round uint64
	Step  uint64
	Node  uint32
	Part
	Nanos int64  // computing time of the node, in the last chunk
	Count uint64 // of the worker's chunks since the Welcome, including this one
}

// ExampleBlock is the score of a block of model.BlockExamples examples. The body is the score, with outcomes
// if the order asks for them.
type ExampleBlock struct {
	Term  uint64
	Round uint64
	Block uint32
	Nanos int64 // computing time
}

// Failed reports that a worker cannot compute an order. It must not be sent for temporary failures.
type Failed struct {
	Term   uint64
	Round  uint64
	Reason string
}

// Params is one chunk of parameters. The body is the chunk, as package gradient encodes it: values in float32 or, with
// Delta, increments in the job's precision. The chunks of a feed, and those of the multicast, are counted without a
// gap.
type Params struct {
	Term    uint64
	Version uint64
	Feed    uint64 // number of the worker's feed; 0: the multicast
	Count   uint64 // of the chunks of the feed, or of the term's multicast, including this one
	Last    bool   // feed: completes the parameters to Version. Multicast: the last chunk of Version
	Delta   bool
}

// Precision returns the precision of the body. job is the precision of the job.
func (p *Params) Precision(job gradient.Precision) gradient.Precision {
	if p.Delta {
		return job
	}
	return gradient.F32
}

// FeedBits is how many bits of a feed's number count the feeds of a session. The other bits are those of Welcome.Feed.
// Welcome.Feed is not the number of a feed.
const FeedBits = 24

// Position is sent in order with the parameters, and counts the chunks that were sent before it. Chunks that have not
// arrived when the Position does are lost.
type Position struct {
	Term   uint64
	Feed   uint64 // newest feed of the worker
	Count  uint64 // chunks of that feed
	Joined bool   // the worker gets every chunk of the multicast after Since
	Since  uint64
	Seq    uint64 // chunks of the multicast
}

// Listen asks a worker to subscribe to the multicast of parameters, or to end the subscription.
type Listen struct {
	Term uint64
	On   bool
}

// Progress counts the chunks of parameters that have arrived at a worker.
type Progress struct {
	Feed      uint64 // newest feed of which a chunk or Position arrived
	Count     uint64 // chunks of that feed that arrived without a gap
	Seq       uint64 // chunks of the multicast that arrived without a gap since the worker joined it, 0: not joined
	Listening bool   // the worker is subscribed to the multicast
}

// Ask requests missing parameters.
type Ask struct {
	Term uint64
	Progress
}

// Ack acknowledges chunks of parameters.
type Ack struct {
	Term    uint64
	Version uint64 // of the parameters it holds, 0: of none
	Progress
}

// Beat is the worker's heartbeat.
type Beat struct {
	Term     uint64
	Job      string // hash, computed from the fetched job; empty until then
	Version  uint64 // of the parameters it holds, 0: of none
	Round    uint64 // of the current orders, 0: none yet
	Owed     uint64 // ordered nodes or blocks of this round that are not yet sent
	Blocked  bool   // a chunk waits for credit
	Draining bool   // the worker finishes its orders and accepts no others
	Progress
}

// Mark is sent in order with the chunks of gradients, and counts the chunks that were sent before it. Chunks that have
// not arrived when the Mark does are lost. A sender that waits for credit sends a Mark from time to time.
type Mark struct {
	Term  uint64
	Count uint64
}

// Nudge requests a Beat.
type Nudge struct{ Term uint64 }

// Credit allows chunks up to a total since the Welcome.
type Credit struct {
	Term  uint64
	Limit uint64
}

// Unknown informs a worker that it is not a member: it must join again.
type Unknown struct{ Term uint64 }

// Unfetched reports that a worker could not fetch a blob of the job. The worker tries again.
type Unfetched struct {
	Term   uint64
	Hash   string // of the blob, "": the store itself
	Reason string
}

// Leave reports that a worker leaves.
type Leave struct {
	Term   uint64
	Reason string
}

// Part is the place of a chunk in its whole.
type Part struct {
	Index uint32
	Last  bool
}

func (*Lead) kind() byte         { return 1 }
func (*Hello) kind() byte        { return 2 }
func (*Welcome) kind() byte      { return 3 }
func (*Refusal) kind() byte      { return 4 }
func (*Order) kind() byte        { return 5 }
func (*Node) kind() byte         { return 6 }
func (*ExampleBlock) kind() byte { return 7 }
func (*Failed) kind() byte       { return 8 }
func (*Params) kind() byte       { return 9 }
func (*Ask) kind() byte          { return 10 }
func (*Beat) kind() byte         { return 11 }
func (*Nudge) kind() byte        { return 12 }
func (*Credit) kind() byte       { return 13 }
func (*Unknown) kind() byte      { return 14 }
func (*Leave) kind() byte        { return 15 }
func (*Mark) kind() byte         { return 16 }
func (*Position) kind() byte     { return 17 }
func (*Listen) kind() byte       { return 18 }
func (*Ack) kind() byte          { return 19 }
func (*Unfetched) kind() byte    { return 20 }

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
		return new(ExampleBlock)
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
