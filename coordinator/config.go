package coordinator

import (
	"time"

	"braid/job"
	"braid/protocol"
	"braid/train"
	"braid/transport"

	"github.com/hashicorp/go-hclog"
)

// Config configures one coordinator.
type Config struct {
	Job *job.Job
	Dir string // run directory

	// Listen embeds a NATS server at host:port; Nats is used when it is empty.
	Listen string
	Guard  transport.Guard // of the embedded server
	Nats   transport.Config
	Fleet  protocol.FleetName // "": protocol.DefaultFleet

	// Replicas is the number of servers of a NATS cluster that keep each bucket. 0 means 3, or 1 if the cluster
	// has fewer servers.
	Replicas int

	// Lease is how long leadership lasts without a renewal, 0: transport.DefaultLease. See transport.Keeping.
	Lease time.Duration

	Resume  bool
	Threads int    // of the optimiser; below 1: half of the processors. The result does not depend on it
	Metrics string // host:port for Prometheus; "": none

	// Beat is the interval of heartbeats, 0: 250 ms. The work of a worker that is silent for four intervals is
	// given to others. A shorter interval takes work from healthy workers on loaded machines; a longer one
	// delays the step by as much when a worker dies.
	Beat time.Duration

	// Farewell is the time that workers have to leave after the end of the run, 0: 3 s.
	Farewell time.Duration

	Events    func(train.Event) // called from several goroutines; may be nil
	Status    func(string)      // called before each slow part of the start; may be nil
	Log       hclog.Logger      // nil: silent
	Listening func(port int)    // called with the port of the embedded server; may be nil
}

func (c *Config) complete() {
	if c.Fleet == "" {
		c.Fleet = protocol.DefaultFleet
	}
	if c.Beat == 0 {
		c.Beat = 250 * time.Millisecond
	}
	if c.Farewell == 0 {
		c.Farewell = 3 * time.Second
	}
	if c.Log == nil {
		c.Log = hclog.NewNullLogger()
	}
	if c.Events == nil {
		c.Events = func(train.Event) {}
	}
	if c.Status == nil {
		c.Status = func(string) {}
	}
}
