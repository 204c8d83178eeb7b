package worker

import (
	"time"

	"braid/protocol"
	"braid/transport"

	"github.com/hashicorp/go-hclog"
)

// Config is what one worker needs.
type Config struct {
	Nats    transport.Config
	Fleet   protocol.FleetName // "": protocol.DefaultFleet
	Name    string             // unique in the fleet, part of subjects; "": drawn at random
	Threads int                // that compute; below 1: all processors
	Cache   string             // directory of what was fetched, by hash; "": none
	Beat    time.Duration      // 0: 250 ms
	Log     hclog.Logger       // nil: silent

	Stay   bool          // wait for the next job when one is finished
	GiveUp time.Duration // without a coordinator, 0: never

	// Grace is how long a stop waits for what is owed, 0: 5 s.
	Grace time.Duration
}
