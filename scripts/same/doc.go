// Same trains one job in every way there is, with real processes, and compares the hashes of
// the models:
//
//	go run ./scripts/same [-job examples/godoc.yaml] [-steps 300] [-quick] [-json FILE]
//
// One process with 1, 2, 3 and 5 goroutines; a coordinator with 1, 2 and 3 workers; a worker
// killed in mid-run; a worker that joins in mid-run; a coordinator killed and resumed. All
// must give one model_sha256. With -quick the job is a small one, made for the purpose.
//
// With -arm64, the programs for arm64 run under qemu-aarch64 (apt-get install qemu-user): alone,
// as a worker beside one for this machine, and as the coordinator.
package main
