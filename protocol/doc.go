// Package protocol defines the communication of coordinator and worker: subjects, messages, chunks, and their bytes. It
// knows neither training nor the network.
//
// A conversation, with time from left to right:
//
//	coordinator  Lead Lead ... Welcome        Params Order          Credit   Params Order ... Lead(finished)
//	worker            Hello      (fetches)  Beat           Beat Node Node  Beat      Node ...  Leave
//
// The messages:
//
//   - Lead is sent to all workers every beat, with the leader and its term. A worker that receives a newer term, or
//     another leader, joins again.
//   - Hello describes the worker. The answer is Welcome or Refusal. The worker fetches the items of the Welcome by
//     hash; its Beat then carries the job hash that it computed itself.
//   - Params are chunks of parameters: of a multicast for all workers, or of a feed for one. A worker that has lost
//     some sends Ask, and gets what it has not acknowledged.
//   - Order names nodes of a round. Each is answered in chunks that carry term, round, node and index, so that a
//     repeated chunk is harmless. Chunks are sent against Credit.
//   - An order of a score round names blocks of 256 examples instead. Each is answered in one message.
//   - Beat is sent every 250 ms with the worker's progress. Nudge requests one; if the subject has no subscriber,
//     NATS reports that immediately.
//   - Leave ends a session. A draining worker sends Beat with Draining first.
//
// A frame has one byte kind, one byte wire version, two bytes header length (little endian), four bytes checksum, the
// header in msgpack, and the body: raw bytes, with numbers in little endian. Headers hold scalars, strings and []byte
// only, because the msgpack decoder allocates without bound for other slices. No size is used for an allocation before
// it is checked.
package protocol
