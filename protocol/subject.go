package protocol

import (
	"fmt"
	"strings"
)

// FleetName is the name under which one coordinator and its workers meet; several may share a
// NATS account. Letters, digits, - and _.
type FleetName string

// DefaultFleet is used when nothing else is said.
const DefaultFleet FleetName = "main"

const maxName = 64

// CheckName refuses what cannot be part of a subject or a bucket's name.
func CheckName(what, name string) error {
	if name == "" || len(name) > maxName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
		return fmt.Errorf("%s %q: use 1 to %d letters, digits, - or _", what, name, maxName)
	}
	return nil
}

// Coordinator and workers have two connections each. Control carries messages of some bytes; bulk
// carries tensors and blobs, so that a link that is busy with them for seconds delays no heartbeat,
// order or lease. Messages keep their order on one subject and on one connection, never between the two.

// Address is one process of a worker: its name, and what its session drew at random. Subjects of an
// address are nobody else's, so that a second worker of one name, an earlier process of it, or a
// party that only knows the name is not taken for it.
type Address struct{ Worker, Session string }

func (a Address) String() string { return a.Worker + "." + a.Session }

// All is where the leader speaks to every worker. Control.
func (f FleetName) All() string { return f.subject("all") }

// To is where the leader speaks to one worker. Control.
func (f FleetName) To(a Address) string { return f.subject("to." + a.String()) }

// Join is where a worker asks to be let in. Control; anybody may speak there.
func (f FleetName) Join(worker string) string { return f.subject(string(RoadJoin) + "." + worker) }

// From is where one worker that was let in speaks to the leader. Control.
func (f FleetName) From(a Address) string { return f.subject(string(RoadFrom) + "." + a.String()) }

// Up carries one worker's gradients and scores to the leader. Bulk.
func (f FleetName) Up(a Address) string { return f.subject(string(RoadUp) + "." + a.String()) }

// Params carries changed parameters to every worker. Bulk.
func (f FleetName) Params() string { return f.subject("params") }

// Feed carries parameters to one worker. Bulk.
func (f FleetName) Feed(a Address) string { return f.subject("feed." + a.String()) }

func (f FleetName) subject(rest string) string { return "braid." + string(f) + "." + rest }

// Road is the kind of a subject on which the leader receives.
type Road string

// Roads to the leader.
const (
	RoadJoin Road = "join"
	RoadFrom Road = "from"
	RoadUp   Road = "up"
)

// Joins returns the worker that a subject of Join names; "" if it is not one.
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

// Valid says whether an address can be part of a subject.
func (a Address) Valid() bool {
	return CheckName("worker", a.Worker) == nil && CheckName("session", a.Session) == nil
}

// Carries says whether a worker sends a message on a road.
func (r Road) Carries(m Message) bool {
	switch m.(type) {
	case *Hello:
		return r == RoadJoin
	case *Node, *Unit, *Mark:
		return r == RoadUp
	case *Beat, *Ask, *Ack, *Failed, *Unfetched, *Leave:
		return r == RoadFrom
	}
	return false
}

// Bucket names the object store with what has a hash: job, data, checkpoints.
func (f FleetName) Bucket() string { return "braid_" + string(f) }

// LeaseBucket names the key-value bucket in which leaders are elected.
func (f FleetName) LeaseBucket() string { return "braid_" + string(f) + "_lease" }
