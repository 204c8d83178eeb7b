// Builds compares the speed of two builds of Braid on one machine, by turns.
//
//	CGO_ENABLED=0 go build -o DIR/ ./cmd/...        # in each of the two source trees
//	go run ./scripts/bench/builds --before DIR --after DIR [--rounds 7] [--seconds 3] [--only H=64]
//
// Every round trains each setting of scripts/bench/peer with both builds, in one process and in
// clusters of one and two workers; which build is first alternates. The program prints the medians
// of tokens per second and of processor time per step, and the median, least and greatest of the
// rounds' ratios after/before. Load from other programs changes speed more than processor time.
// It fails if the two builds do not give the same model.
package main
