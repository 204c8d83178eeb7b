// Peer races Braid against PyTorch on one machine in one go: the same model, the same shapes,
// the same optimiser, interleaved round by round, and prints medians and ratios.
//
//	go run ./scripts/bench/peer [--rounds 5] [--seconds 4] [--bin DIR] [--json FILE]
//
// Seven contestants a setting: PyTorch in one process, PyTorch's DistributedDataParallel over
// Gloo in two, Braid in one process, Braid with two workers over NATS on loopback, PyTorch
// with nothing tuned, and both clusters once more with 16 bits a number that travels. With
// utterances of real lengths, PyTorch pads or packs; Braid does neither.
//
// PyTorch gets the fastest of its variants (threads, dense or sparse embedding with SparseAdam,
// lists of tensors in Adam, OpenBLAS core type, AVX-512 in ATen, padding or packing, batch
// scheduling of its two processes as Braid's have it), chosen by a short trial of each on this
// machine, and an allocator that keeps its memory. train.py is what it runs. Needs Debian's
// python3-torch and libopenblas0-pthread.
package main
