package session

// Events of the driver, for Machine.Step.
type (
	// Fetched reports that all items are available. Job is the hash computed from them.
	Fetched struct{ Manifest, Job string }
	// NotFetched reports that an item could not be fetched. Hash is the item's, "" if the store failed.
	NotFetched struct {
		Hash string
		Why  error
	}
	// Changed reports that Local has changed since the last call.
	Changed struct{}
	// Acknowledge asks to send Local.Applied to the coordinator.
	Acknowledge struct{}
	// Sent reports that the answer to a node or block was sent.
	Sent struct {
		Term, Round uint64
		Number      uint32
	}
	// NotFinite reports that the answer to a node, which was sent, has numbers that are not finite.
	NotFinite struct {
		Step   uint64 // counted from 0
		Number uint32
	}
	// NotComputed reports that an order cannot be computed.
	NotComputed struct {
		Term, Round uint64
		Why         error
	}
	// Unheard is NATS's report that a Beat had no subscriber.
	Unheard struct{}
	// Drain asks to finish the current orders and to leave.
	Drain struct{}
)
