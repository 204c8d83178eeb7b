// Net makes hosts for tests of slow links: network namespaces, each behind a link of a bounded rate, on
// a bridge in a namespace of its own.
//
//	go run ./scripts/net up 4 50mbit        hosts braid1 to braid4, 10.83.0.1 to 10.83.0.4
//	ip netns exec braid1 COMMAND            runs something on one
//	go run ./scripts/net down               removes them, and what an interrupted run has left
//	go run ./scripts/net test a             144 MB of parameters to a worker behind 200 Mbit/s
//	go run ./scripts/net test b             17 MB to three workers, 50 Mbit/s each, NATS on its own host
//	go run ./scripts/net test short         a small form of both, for CI
//
// A test trains the job in one process, then on the hosts, and compares the models. It fails if the
// lease was lost, a worker was called silent, a shard was given to another worker, the NATS server cut off
// a slow consumer, or the steps took longer than they may. With --load both cores are kept busy meanwhile.
// It needs root and iproute2. netem is not needed: links are token buckets (tc-tbf).
package main
