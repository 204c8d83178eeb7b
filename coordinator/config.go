package coordinator

import (
	"time"

	"braid/job"
	"braid/protocol"
	"braid/train"
	"braid/transport"

	"github.com/hashicorp/go-hclog"
)

// Config is what one coordinator needs.
type Config struct {
	Job *job.Job
	Dir string // run directory

	// Listen embeds a NATS server at host:port; Nats is used when it is empty.
	Listen string
	Guard  transport.Guard // of the embedded server
	Nats   transport.Config
	Fleet  protocol.FleetName // "": protocol.DefaultFleet

	// Replicas is how many servers of a NATS cluster keep each bucket, 0: 3 where there are
	// so many, else 1.
	Replicas int

	// Lease is how long leadership lasts without a renewal, 0: transport.DefaultLease. See transport.Keeping.
	Lease time.Duration

	Resume  bool
	Threads int    // of the optimiser, below 1: half of the processors. Does not change the result
	Metrics string // host:port for Prometheus, "": none

	// Beat is the time between signs of life, 0: 250 ms. A worker that is silent for four
	// loses what it owes to others: less tells healthy workers on loaded machines dead,
	// more delays a step by as much when one dies.
	Beat time.Duration

	// Farewell is how long workers have to leave once the run is complete, 0: 3 s.
	Farewell time.Duration

	Events    func(train.Event) // may be called from several goroutines; nil: nobody listens
	Status    func(string)      // hears what takes time before the first step; may be nil
	Log       hclog.Logger      // nil: silent
	Listening func(port int)    // hears the port of the embedded server; may be nil
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
