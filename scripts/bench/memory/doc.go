// Memory compares the resident memory of real worker processes with what their model and their part of
// a batch need.
//
//	go run ./scripts/bench/memory [--steps 100] [--json FILE]
//
// It starts a coordinator with a NATS server and 1, 2 and 4 workers of one thread on loopback, at D=128
// H=256 B=64 T=32, and prints a table in MB (10^6 bytes): parameters, the activations of a worker's
// shards, three times their sum, and the most that a worker had resident.
package main
