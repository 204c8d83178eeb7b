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
// Some answers are checked by a second worker: those that are not finite, and a share of
// all for an audit (verify.go). A round is done when its checks are. Who is found wrong is
// quarantined until the term ends.
package dispatch
