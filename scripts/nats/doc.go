// Nats writes the configuration of a NATS server with minimal permissions for each program, and
// the keys of the programs.
//
//	go run ./scripts/nats --dir nats --workers w1,w2,w3
//	nats-server -c nats/server.conf
//	coordinator --nats nats://HOST:4222 --nkey nats/coordinator.nk --inbox _INBOX_coordinator ...
//	worker --nats nats://HOST:4222 --name w1 --nkey nats/w1.nk --inbox _INBOX_w1
//
// A worker may publish on the subjects of its own name and subscribe to the subjects of all workers
// and to its own. It cannot publish parameters or orders, publish as another worker, read the
// replies to another worker, or change stored data. --tls HOST,... also writes certificates.
package main
