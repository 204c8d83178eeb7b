// Package sim plays the protocol on a virtual clock and a seeded network. It drives the machines of
// coordinator/dispatch, coordinator/stream and worker/session as the coordinator and the worker do; parameters are
// nine numbers, and answers are hashes of them. Messages are dropped, repeated, delayed and cut off; workers crash,
// freeze and come back; coordinators die and the next one leads with a newer term.
//
// A schedule is a function of its seed. It fails if a step is not done in bounded time once the faults are over, if an
// order is computed with other parameters than those of its version, or if a wrong answer is part of a step.
package sim
