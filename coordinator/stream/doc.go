// Package stream decides which parameters go to which worker next: a machine without clock, network
// or numbers, which the coordinator's publisher and the simulator drive.
//
// Parameters are items: a row of a table, or a block of a dense group. Each version changes some.
// There are two roads, on one connection, so that what is sent in one order arrives in that order:
//
//   - the multicast: one copy of the changed items of each version for all workers that have joined it;
//   - feeds: one for each worker, with the values, as they are when sent, of the items that it lacks.
//
// A worker that is new lacks all items. One that has not joined the multicast lacks what each version
// changes, too. One that lost a chunk, or that cannot keep up, leaves the multicast and lacks
// what it has not acknowledged. A feed sends the newest values only: nothing is frozen or copied, and
// a worker on a slow link skips versions. Once it lacks little the worker joins the multicast, and
// when it lacks nothing it has caught up: it can be given work.
//
// Both roads have windows. A worker acknowledges counts of chunks; what is under way
// to it stays below a bound that follows the link's own delay. A worker that alone holds up the
// multicast leaves it.
package stream
