// Nats writes the configuration of a NATS server on which every program may do what its part
// needs and no more, and the keys that go with it.
//
//	go run ./scripts/nats --dir nats --workers w1,w2,w3
//	nats-server -c nats/server.conf
//	coordinator --nats nats://HOST:4222 --nkey nats/coordinator.nk --inbox _INBOX_coordinator ...
//	worker --nats nats://HOST:4222 --name w1 --nkey nats/w1.nk --inbox _INBOX_w1
//
// A worker may publish what its own id says and hear what is said to all and to itself. It cannot
// publish parameters or orders, speak as another worker, read another's replies, or change
// anything that is stored. --tls HOST,... makes certificates as well.
package main
