// Package dispatch is the coordinator's side of the protocol as a machine: messages and
// ticks go in, effects come out. It knows no clock, network, goroutine or number of a
// gradient; package coordinator is the shell that gives it those.
//
// A member is a worker that was let in:
//
//	Hello ─▶ fetching ─Beat with the job's hash─▶ ready ─Beat draining─▶ draining ─Leave─▶ gone
//	   └──▶ refused                                │ silent for Silence
//	                                               ▼
//	                                            suspect ─any message─▶ as before
//	                                               │ silent for Forget, or NATS says nobody is there
//	                                               ▼
//	                                              gone
//
// A round is one gradient or one scoring: units 0 to n-1, for a gradient the shards. Every
// unit is owed by at least one member until its answer is there; the first answer wins, all
// answers are equal. What a member owes goes to others when it is gone, suspect or past
// its deadline, which is median + patience times the median absolute deviation of what a
// unit has taken lately.
//
// No member makes rounds longer than they are without it, for more than a moment (standing.go,
// share.go, debt.go). Units are cut into shares by what an answer of each member takes, a fixed
// latency and a time for each unit, so that the round is short; a member that is too slow for one
// unit has no share. Neither has one that was late with units which others computed, one that
// delayed rounds by more than it saved, or one that is new to a fleet at work. These are on
// probation: they are sent duplicates of others' units (probes, probe.go) with growing pauses, and
// have shares again when they answer in time. If nobody else is left they have them at once.
//
// A member that says Failed is refused, and its units go to others; when that ends the run is said
// in failed.go.
//
// Some answers are checked by a second worker: those that are not finite, and a share of
// all for an audit (verify.go). A round is done when its checks are. Who is found wrong is
// quarantined until the term ends.
package dispatch
