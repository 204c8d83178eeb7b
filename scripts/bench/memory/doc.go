// Memory compares the resident memory of real worker processes with the size of their model and of
// their share of a batch.
//
//	go run ./scripts/bench/memory [--steps 100] [--json FILE]
//
// It starts a coordinator with a NATS server and 1, 2 and 4 workers of one thread each on loopback, at
// D=128 H=256 B=64 T=32. It prints a table in MB (10^6 bytes): parameters, the activations of a worker's
// shards, three times their sum, and the peak resident memory of a worker.
package main
