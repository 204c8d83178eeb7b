"""The peer: PyTorch training the same model on the same shapes, tuned for speed.

One process trains the model of this file or of tagger.py, and prints one line of JSON. The driver
(main.go) tries the variants (threads, dense or sparse embedding, padding or packing, BLAS core type)
and uses the fastest for the comparison.
"""
import argparse, json, os, random, time

import torch
import torch.nn as nn

import tagger

CLASSES, TAGS = 7, 9


class Model(nn.Module):
    """Embedding, LSTM, two heads: a class of the mean state, a tag for every token."""

    def __init__(self, a):
        super().__init__()
        self.embedding = nn.Embedding(a.vocab, a.dim, sparse=a.embedding == "sparse")
        self.lstm = nn.LSTM(a.dim, a.hidden)
        self.classify = nn.Linear(a.hidden, CLASSES)
        self.tag = nn.Linear(a.hidden, TAGS)
        self.pack = a.lengths == "pack"
        self.sparse = ["embedding.weight"] if a.embedding == "sparse" else []

    def forward(self, words, lengths, task):
        x = self.embedding(words)  # (T, B, D)
        if lengths is None:
            h, _ = self.lstm(x)
            return self.classify(h.mean(0)) if task == 0 else self.tag(h).flatten(0, 1)
        if self.pack:
            packed = nn.utils.rnn.pack_padded_sequence(x, lengths)
            h, _ = self.lstm(packed)
            if task == 1:
                return self.tag(h.data)
            h, _ = nn.utils.rnn.pad_packed_sequence(h)
            return self.classify(h.sum(0) / lengths.unsqueeze(1))
        h, _ = self.lstm(x)
        if task == 1:
            return self.tag(h).flatten(0, 1)
        mask = (torch.arange(h.shape[0]).unsqueeze(1) < lengths).unsqueeze(2)
        return self.classify((h * mask).sum(0) / lengths.unsqueeze(1))


def batches(a, rank, world):
    """Ready-made batches, so that no time is spent on data. Yields (words, lengths, labels, tags, tokens)."""
    g = torch.Generator().manual_seed(rank)
    b = a.batch // world
    out = []
    if a.lengths == "fixed":
        for _ in range(32):
            words = torch.randint(0, a.vocab, (a.length, b), generator=g)
            labels = torch.randint(0, CLASSES, (b,), generator=g)
            tags = torch.randint(0, TAGS, (a.length * b,), generator=g)
            out.append((words, None, labels, tags, a.length * b))
        return out
    sizes = [len(line.split()) for line in open(a.file)]
    random.Random(rank).shuffle(sizes)
    for i in range(0, min(len(sizes), 128 * b) - b + 1, b):
        own = sorted(sizes[i : i + b], reverse=True)
        lengths, longest = torch.tensor(own), own[0]
        words = torch.randint(0, a.vocab, (longest, b), generator=g)
        labels = torch.randint(0, CLASSES, (b,), generator=g)
        tags = torch.randint(0, TAGS, (longest, b), generator=g)
        if a.lengths == "pack":
            tags = nn.utils.rnn.pack_padded_sequence(tags, lengths).data
        else:
            tags[torch.arange(longest).unsqueeze(1) >= lengths] = -100
            tags = tags.flatten()
        out.append((words, lengths, labels, tags, sum(own)))
    return out


def train(rank, world, a):
    torch.set_num_threads(a.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    if a.tagger:
        corpus = tagger.Corpus(a.tagger)
        model, data = tagger.Model(a, corpus), tagger.batches(a, corpus)
    else:
        model, data = Model(a), batches(a, rank, world)
    net = model
    if world > 1:
        import torch.distributed as dist

        os.environ["MASTER_ADDR"], os.environ["MASTER_PORT"] = "127.0.0.1", str(a.port)
        dist.init_process_group("gloo", rank=rank, world_size=world)
        net = nn.parallel.DistributedDataParallel(model, find_unused_parameters=True, gradient_as_bucket_view=a.embedding != "sparse")
        if a.half:
            from torch.distributed.algorithms.ddp_comm_hooks import default_hooks

            net.register_comm_hook(None, default_hooks.fp16_compress_hook)
    if model.sparse:
        tables = [p for n, p in model.named_parameters() if n in model.sparse]
        rest = [p for n, p in model.named_parameters() if n not in model.sparse]
        optimizers = [torch.optim.SparseAdam(tables, 1e-3), torch.optim.Adam(rest, 1e-3, foreach=a.foreach)]
    else:
        optimizers = [torch.optim.Adam(model.parameters(), 1e-3, foreach=a.foreach)]
    cross_entropy = nn.CrossEntropyLoss()

    def loss(i):
        if a.tagger:
            batch = data[i % len(data)]
            return net(batch), batch.tokens
        words, lengths, labels, tags, tokens = data[i % len(data)]
        task = (i + i // len(data)) % 2
        return cross_entropy(net(words, lengths, task), labels if task == 0 else tags), tokens

    def step(i):
        for o in optimizers:
            o.zero_grad(set_to_none=world == 1)
        value, tokens = loss(i)
        value.backward()
        for o in optimizers:
            o.step()
        return tokens

    for i in range(4):
        step(i)
    start = time.perf_counter()
    for i in range(4, 8):
        step(i)
    steps = torch.tensor(max(8, int(a.seconds * 4 / (time.perf_counter() - start))))
    if world > 1:
        dist.broadcast(steps, 0)  # also a barrier
    steps = int(steps)
    start, tokens = time.perf_counter(), 0
    for i in range(steps):
        tokens += step(8 + i)
    if world > 1:
        dist.barrier()
    seconds = time.perf_counter() - start
    if rank == 0:
        print(json.dumps({"tokens_per_second": world * tokens / seconds, "ms_per_step": 1e3 * seconds / steps, "steps": steps, "torch": torch.__version__}), flush=True)
    if world > 1:
        dist.destroy_process_group()


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--dim", type=int, default=128)
    p.add_argument("--hidden", type=int, default=256)
    p.add_argument("--batch", type=int, default=64)
    p.add_argument("--length", type=int, default=32)
    p.add_argument("--vocab", type=int, default=10000)
    p.add_argument("--lengths", choices=["fixed", "pad", "pack"], default="fixed")
    p.add_argument("--file", help="utterances, one a line; their lengths are used (pad, pack)")
    p.add_argument("--tagger", help="directory of utterances with tags: trains the tagger of tagger.py on them")
    p.add_argument("--unique", action="store_true", help="tagger: convolve each distinct word of a batch once")
    p.add_argument("--embedding", choices=["dense", "sparse"], default="dense")
    p.add_argument("--foreach", action="store_true")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--world", type=int, default=1)
    p.add_argument("--half", action="store_true", help="send gradients as float16")
    p.add_argument("--yielding", action="store_true", help="run with SCHED_BATCH, like Braid's cluster")
    p.add_argument("--port", type=int, default=29511)
    p.add_argument("--seconds", type=float, default=5)
    return p.parse_args()


def check_blas():
    """Debian's PyTorch uses any BLAS; with the reference BLAS it is ten times slower."""
    if not torch.backends.mkl.is_available() and "openblas" not in open("/proc/self/maps").read():
        raise SystemExit("PyTorch runs without OpenBLAS here: apt-get install libopenblas0-pthread")


if __name__ == "__main__":
    a = arguments()
    check_blas()
    if a.yielding:
        for thread in os.listdir("/proc/self/task"):
            os.sched_setscheduler(int(thread), os.SCHED_BATCH, os.sched_param(0))
    if a.world == 1:
        train(0, 1, a)
    else:
        import torch.multiprocessing as mp

        mp.spawn(train, (a.world, a), nprocs=a.world)
