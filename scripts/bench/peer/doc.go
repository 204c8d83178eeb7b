// Peer compares the speed of Braid and PyTorch on one machine in one run: the same model, shapes
// and optimiser, interleaved round by round. It prints medians and ratios.
//
//	go run ./scripts/bench/peer [--rounds 5] [--seconds 4] [--bin DIR] [--json FILE]
//
// Each setting has seven contestants: PyTorch in one process; PyTorch's DistributedDataParallel
// over Gloo in two processes; Braid in one process; Braid with two workers over NATS on loopback;
// PyTorch untuned; and both clusters again with 16 bits per number on the network. For utterances
// of real lengths, PyTorch pads or packs; Braid needs neither. The last setting is a tagger of
// utterances with features and characters of words, an LSTM of both directions and a CRF.
//
// PyTorch runs in the fastest of its variants (threads, dense or sparse embedding with SparseAdam,
// lists of tensors in Adam, OpenBLAS core type, AVX-512 in ATen, padding or packing, batch
// scheduling of its two processes as in Braid's cluster), chosen by a short trial of each on this
// machine, and with an allocator that keeps its memory. It runs train.py. Needs Debian's
// python3-torch and libopenblas0-pthread.
package main
