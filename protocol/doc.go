// Package protocol is what coordinator and worker say to each other: subjects, messages,
// chunks, and their bytes. It knows no training and no network.
//
// One conversation, left to right in time:
//
//	coordinator  Lead Lead ... Welcome        Params Order          Credit   Params Order ... Lead(finished)
//	worker            Hello      (fetches)  Beat           Beat Node Node  Beat      Node ...  Leave
//
// What each of them is for:
//
//   - Lead goes to all every Beat: who leads, with which term. A worker that hears a newer
//     term, or another leader, joins again.
//   - Hello says what the worker is; the answer is Welcome or Refusal. What Welcome names
//     the worker fetches by hash; its Beat then carries the job hash that it computed itself.
//   - Params go to all in chunks, with a version; each says from which version it leads to
//     which. A worker that missed one says Ask and gets everything.
//   - Order names the nodes of one round; each comes back in chunks with the id (term, step,
//     node, chunk), so that a second copy is harmless. Chunks are sent against Credit.
//   - A Score round is the same with units (256 examples) for nodes, each one message.
//   - Beat comes every 250 ms with progress. Nudge asks for one; when nobody is there NATS
//     says so at once.
//   - Leave says goodbye; a draining worker says Beat with Draining first.
//
// A frame is one byte kind, one byte wire version, two bytes header length (little endian),
// the header in msgpack, then the body: raw bytes, little-endian numbers. Headers hold
// scalars, strings and []byte only, because the msgpack decoder allocates without bound for
// other slices. Nothing is allocated from a size that has not been checked.
package protocol
