// Net creates hosts for tests of slow links. A host is a network namespace behind a link of bounded
// rate; the links meet in a bridge in another namespace.
//
//	go run ./scripts/net up 4 50mbit        hosts braid1 to braid4, 10.83.0.1 to 10.83.0.4
//	ip netns exec braid1 COMMAND            runs a command on a host
//	go run ./scripts/net down               removes the hosts, those of an interrupted run included
//	go run ./scripts/net test a             144 MB of parameters to a worker behind 200 Mbit/s
//	go run ./scripts/net test b             17 MB to three workers, 50 Mbit/s each, NATS on its own host
//	go run ./scripts/net test short         a small form of both, for CI
//
// A test trains the job in one process, then on the hosts, and compares the models. It fails if the
// lease was lost, a worker was declared silent, a shard was moved to another worker, the NATS server
// disconnected a slow consumer, or the steps took longer than the limit. --load keeps two cores busy
// during the test. Needs root and iproute2, but not netem: links are token buckets (tc-tbf).
package main
