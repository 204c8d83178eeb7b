package worker

import (
	"time"

	"braid/protocol"
	"braid/transport"

	"github.com/hashicorp/go-hclog"
)

// Config holds the settings of one worker.
type Config struct {
	Nats    transport.Config
	Fleet   protocol.FleetName // "": protocol.DefaultFleet
	Name    string             // unique in the fleet, part of subjects; "": drawn at random
	Threads int                // for computing; below 1: all processors
	Cache   string             // directory for fetched blobs, by hash; "": no cache
	Beat    time.Duration      // 0: 250 ms
	Log     hclog.Logger       // nil: silent

	Stay   bool          // wait for the next job when one is finished
	GiveUp time.Duration // time without a coordinator after which Run fails, 0: never

	CopyEvery time.Duration // Study: least time between two copies of a run's checkpoints, 0: 20 s

	// Grace is how long a stop waits for the current orders, 0: 5 s.
	Grace time.Duration
}
