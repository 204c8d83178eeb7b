// Package sim plays the protocol on a virtual clock and a seeded network: the real machines
// of coordinator/dispatch and worker/session, with shells that compute nothing but remember
// which parameters they hold. Messages are dropped, doubled, delayed and cut off; workers
// crash, freeze and come back; coordinators die and the next one leads with a newer term.
//
// A schedule is a function of its seed. It fails if a step is not done in bounded time once
// the faults are over, or if an answer that the coordinator takes was not computed with the
// parameters of its order.
package sim
