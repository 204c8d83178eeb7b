// Package stream decides which parameters are sent to which worker next, without clock, network or the parameters
// themselves. The coordinator's publisher drives it, and so does the simulator.
//
// Parameters are items: a row of a table, or a block of a dense group. Each version changes some items. Items are sent
// in two ways, on one connection, so that they arrive in the order in which they were sent:
//
//   - the multicast: one copy of the changed items of each version for all workers that have joined it;
//   - feeds: one for each worker, with the current values of the items that the worker lacks.
//
// A new worker lacks all items. A worker that has not joined the multicast also lacks the changes of each version. A
// worker that lost a chunk, or that is too slow, leaves the multicast and lacks the items that it has not
// acknowledged. A feed sends the newest values only: nothing is copied, and a worker on a slow link skips versions.
// Once it lacks little the worker joins the multicast. Once it lacks nothing it has caught up, and can be given work.
//
// Multicast and feeds have windows. A worker acknowledges counts of chunks; the bytes in flight stay below a bound that
// follows the delay of the link. A worker leaves the multicast if most others wait for it.
package stream
