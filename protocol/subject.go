package protocol

import (
	"fmt"
	"strings"
)

// Fleet is the name under which one coordinator and its workers meet; several may share a
// NATS account. Letters, digits, - and _.
type Fleet string

// DefaultFleet is used when nothing else is said.
const DefaultFleet Fleet = "main"

const maxName = 64

// CheckName refuses what cannot be part of a subject or a bucket's name.
func CheckName(what, name string) error {
	if name == "" || len(name) > maxName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
		return fmt.Errorf("%s %q: use 1 to %d letters, digits, - or _", what, name, maxName)
	}
	return nil
}

// All is where the leader speaks to every worker.
func (f Fleet) All() string { return "braid." + string(f) + ".all" }

// Params carries changed parameters to every worker.
func (f Fleet) Params() string { return "braid." + string(f) + ".params" }

// To is where the leader speaks to one worker.
func (f Fleet) To(worker string) string { return "braid." + string(f) + ".to." + worker }

// From is where one worker speaks to the leader; all it may publish to.
func (f Fleet) From(worker string) string { return "braid." + string(f) + ".from." + worker }

// FromAny is what the leader listens to.
func (f Fleet) FromAny() string { return f.From("*") }

// Void is where NATS says that nobody listens to To(worker).
func (f Fleet) Void(worker string) string { return "braid." + string(f) + ".void." + worker }

// VoidAny is what the leader listens to.
func (f Fleet) VoidAny() string { return f.Void("*") }

// Worker returns the worker that a subject of From or Void names; "" if it is not one.
func (f Fleet) Worker(subject string) string {
	rest, ok := strings.CutPrefix(subject, "braid."+string(f)+".")
	if !ok {
		return ""
	}
	kind, worker, ok := strings.Cut(rest, ".")
	if !ok || kind != "from" && kind != "void" || CheckName("worker", worker) != nil {
		return ""
	}
	return worker
}

// Bucket names the object store with what has a hash: job, data, checkpoints.
func (f Fleet) Bucket() string { return "braid_" + string(f) }

// LeaseBucket names the key-value bucket in which leaders are elected.
func (f Fleet) LeaseBucket() string { return "braid_" + string(f) + "_lease" }
