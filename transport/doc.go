// Package transport carries bytes over NATS: it is the only importer of nats.go and
// nats-server. Frames go in and come out; blobs go in under their hash and come out whole or
// not at all; a lease says who leads.
//
// Core NATS drops silently: a subscription above its pending limit loses messages and the
// publisher learns nothing. So limits are raised to what fits memory, senders work against
// credit (package protocol), and every drop is counted: Conn.Dropped is exported, and a
// connection that dropped anything is Broken, which ends the program by name.
//
// It knows no training: who says what when is the business of coordinator/dispatch and
// worker/session.
package transport
