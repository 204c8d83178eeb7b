// Package dispatch is the coordinator's side of the protocol, without clock, network, goroutine or numbers of
// gradients. Messages, inputs and ticks go in, effects come out. Package coordinator drives it, and so does the
// simulator.
//
// A member is a worker that was admitted:
//
//	Hello ─▶ fetching ─Beat with the job's hash─▶ ready ─Beat draining─▶ draining ─Leave─▶ removed
//	   └──▶ refused                                │ silent for silentBeats
//	                                               ▼
//	                                            suspect ─any message─▶ as before
//	                                               │ silent for forgetBeats, or NATS finds no subscriber
//	                                               ▼
//	                                             removed
//
// A round is one gradient or one scoring. Its units are numbered from 0; the units of a gradient are the shards. Every
// unit is assigned to at least one member until it is answered. The first answer is used; all answers are equal. The
// units of a member are assigned to others when the member is removed, suspect, or late: later than the median plus
// Patience times the median absolute deviation of recent times per unit.
//
// A member must not make rounds longer than they are without it, except for a short time (standing.go, share.go,
// debt.go). Shares are cut so that the round is short: each member is measured by a fixed latency and a time per unit.
// A member that is too slow for one unit gets none. Members on probation get none either: those that were late with
// units that others computed, those that delayed rounds by more than they saved, and those that joined a fleet at
// work. They are sent duplicates of other members' units (probes, probe.go) with growing pauses, and get shares again
// once they answer in time. If no other member is left they get shares immediately.
//
// A member that sends Failed is refused, and its units are assigned to others. failed.go defines when the run ends.
//
// Some answers are checked by a second worker: those that are not finite, and a share of all for an audit (verify.go).
// A round is done when its checks are. A worker that is found wrong is quarantined until the term ends.
package dispatch
