package protocol

import (
	"fmt"
	"strings"
)

// FleetName names the fleet of one coordinator and its workers. Several fleets may share a NATS account. A name has
// letters, digits, - and _.
type FleetName string

// DefaultFleet is the default of --fleet.
const DefaultFleet FleetName = "main"

const maxName = 64

// CheckName returns an error if a name cannot be part of a subject or of the name of a bucket.
func CheckName(what, name string) error {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	if name == "" || len(name) > maxName || strings.Trim(name, letters) != "" {
		return fmt.Errorf("%s %q: use 1 to %d letters, digits, - or _", what, name, maxName)
	}
	return nil
}

// Coordinator and workers have separate connections for control and bulk; the coordinator has a third for Join. Control
// carries small messages. Bulk carries tensors and blobs, which may occupy a link for seconds without delaying
// heartbeats, orders or the lease. The messages of one connection stay in order; there is no order between connections.

// Address identifies one process of a worker: its name, and the random name of its session. Another worker of the same
// name, an earlier process, or a client that knows the name alone has other subjects.
type Address struct{ Worker, Session string }

func (a Address) String() string { return a.Worker + "." + a.Session }

// All carries messages of the leader to every worker. Control.
func (f FleetName) All() string { return f.subject("all") }

// To carries messages of the leader to one worker. Control.
func (f FleetName) To(a Address) string { return f.subject("to." + a.String()) }

// Join carries a worker's request for admission. Control. Any client may publish there.
func (f FleetName) Join(worker string) string { return f.subject(string(ChannelJoin) + "." + worker) }

// From carries messages of one member to the leader. Control.
func (f FleetName) From(a Address) string { return f.subject(string(ChannelFrom) + "." + a.String()) }

// Up carries one worker's gradients and scores to the leader. Bulk.
func (f FleetName) Up(a Address) string { return f.subject(string(ChannelUp) + "." + a.String()) }

// Params carries changed parameters to every worker. Bulk.
func (f FleetName) Params() string { return f.subject("params") }

// Feed carries parameters to one worker. Bulk.
func (f FleetName) Feed(a Address) string { return f.subject("feed." + a.String()) }

func (f FleetName) subject(rest string) string { return "braid." + string(f) + "." + rest }

// Channel is the kind of a subject on which the leader receives.
type Channel string

// Channels to the leader.
const (
	ChannelJoin Channel = "join" // Hello
	ChannelFrom Channel = "from" // the other messages of members
	ChannelUp   Channel = "up"   // gradients and scores
)

// Joins returns the worker of a subject of Join, or "" for another subject.
func (f FleetName) Joins(subject string) (worker string) {
	worker, ok := strings.CutPrefix(subject, f.Join(""))
	if !ok || CheckName("worker", worker) != nil {
		return ""
	}
	return worker
}

// ParseAddress is the inverse of Address.String.
func ParseAddress(s string) (a Address, ok bool) {
	a.Worker, a.Session, ok = strings.Cut(s, ".")
	return a, ok && a.Valid()
}

// Valid reports whether an address can be part of a subject.
func (a Address) Valid() bool {
	return CheckName("worker", a.Worker) == nil && CheckName("session", a.Session) == nil
}

// Carries reports whether a correct worker sends a message on a channel.
func (r Channel) Carries(m Message) bool {
	switch m.(type) {
	case *Hello:
		return r == ChannelJoin
	case *Node, *ExampleBlock, *Mark:
		return r == ChannelUp
	case *Beat, *Ask, *Ack, *Failed, *Unfetched, *Leave:
		return r == ChannelFrom
	}
	return false
}

// Bucket names the object store of blobs: job, data, checkpoints.
func (f FleetName) Bucket() string { return "braid_" + string(f) }

// LeaseBucket names the key-value bucket in which leaders are elected.
func (f FleetName) LeaseBucket() string { return "braid_" + string(f) + "_lease" }
