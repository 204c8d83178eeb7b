// Same trains one job in every supported way, with real processes, and compares the hashes of
// the models:
//
//	go run ./scripts/same [-job examples/godoc.yaml] [-steps 300] [-quick] [-json FILE]
//	go run ./scripts/same -quick -set training.mode=joint -set training.conflict.kind=upgrad
//
// One process with 1, 2, 3 and 5 goroutines; a coordinator with 1, 2 and 3 workers; a worker
// killed during the run; a worker that joins during the run; a coordinator killed and resumed.
// All must give the same model_sha256. -quick trains a small generated job.
//
// With -arm64, programs for arm64 run under qemu-aarch64 (apt-get install qemu-user): alone, as
// a worker together with a native worker, and as the coordinator.
package main
