"""The peer's tagger: word vectors, hashed-feature bags and a character convolution side by side,
an LSTM of both directions, and a linear-chain CRF, over utterances with their tags.

The parts are those of the job that runner.WriteJob writes for a directory of utterances. The CRF
takes all utterances of a batch together, one step of time at a time. `python3 tagger.py` checks it
against the sum over all sequences of tags.
"""
import random, re, unicodedata
from collections import Counter

import torch
import torch.nn as nn
import torch.nn.functional as F

CHARACTERS, FILTERS, WIDTH = 30, 30, 3


class CRF(nn.Module):
    """Negative log-likelihood of tags; torch has no such layer. Emissions (N, K) are rows of a packed
    sequence, of which sizes[t] belong to step t."""

    def __init__(self, k):
        super().__init__()
        self.transitions = nn.Parameter(torch.empty(k, k).uniform_(-0.1, 0.1))
        self.start = nn.Parameter(torch.zeros(k))
        self.end = nn.Parameter(torch.zeros(k))

    def forward(self, emissions, tags, sizes):
        return self.log_partition(emissions, sizes) - self.score(emissions, tags, sizes)

    def log_partition(self, emissions, sizes):
        """By products of (B, K) and (K, K), which are several times faster than logsumexp over (B, K, K)."""
        first, *later = emissions.split(sizes)
        alpha, ended, factor = self.start + first, [], self.transitions.exp()
        for step in later:
            if len(step) < len(alpha):
                ended.append(alpha[len(step) :])
                alpha = alpha[: len(step)]
            top = alpha.detach().amax(1, keepdim=True)
            alpha = ((alpha - top).exp() @ factor).log() + top + step
        return torch.logsumexp(torch.cat(ended + [alpha]) + self.end, 1).sum()

    def score(self, emissions, tags, sizes):
        steps = tags.split(sizes)
        before = torch.cat([a[: len(b)] for a, b in zip(steps, steps[1:])] + [tags[:0]])
        last = torch.cat([a[len(b) :] for a, b in zip(steps, steps[1:])] + [steps[-1]])
        s = emissions.gather(1, tags.unsqueeze(1)).sum() + self.transitions[before, tags[sizes[0] :]].sum()
        return s + self.start[steps[0]].sum() + self.end[last].sum()


class Model(nn.Module):
    def __init__(self, a, corpus):
        super().__init__()
        sparse = a.embedding == "sparse"
        self.word = nn.Embedding(corpus.words, a.dim, sparse=sparse)
        self.feature = nn.EmbeddingBag(corpus.features, a.dim, mode="sum", sparse=sparse)
        self.character = nn.Embedding(corpus.characters, CHARACTERS, padding_idx=0)
        self.conv = nn.Conv1d(CHARACTERS, FILTERS, WIDTH, padding=WIDTH // 2)
        self.pack = a.lengths == "pack"
        if self.pack:
            self.lstm = nn.LSTM(a.dim + FILTERS, a.hidden, bidirectional=True)
        else:
            self.ahead, self.back = nn.LSTM(a.dim + FILTERS, a.hidden), nn.LSTM(a.dim + FILTERS, a.hidden)
        self.emit = nn.Linear(2 * a.hidden, corpus.tags)
        self.crf = CRF(corpus.tags)
        self.sparse = ["word.weight", "feature.weight"] if sparse else []

    def forward(self, batch):
        z = self.conv(self.character(batch.spelling).transpose(1, 2))  # (words, F, L)
        spelled = (F.relu(z) * batch.spelled).amax(2)
        if batch.which is not None:
            spelled = F.embedding(batch.which, spelled)
        x = self.word(batch.words) + self.feature(batch.bags, batch.offsets)
        x = torch.cat([x, spelled], 1)  # (N, D+F), rows of the packed sequence
        return self.crf(self.emit(self.states(x, batch)), batch.tags, batch.sizes.tolist()) / len(x)

    def states(self, x, batch):
        """Hidden states (N, 2H). Padded utterances have the states of packed ones: padding comes last in
        both directions."""
        if self.pack:
            return self.lstm(nn.utils.rnn.PackedSequence(x, batch.sizes))[0].data
        ahead, _ = self.ahead(x[batch.rows])
        back, _ = self.back(x[batch.mirrored])
        return torch.cat([ahead.flatten(0, 1)[batch.place], back.flatten(0, 1)[batch.mirror]], 1)


class Batch:
    """A ready-made batch, so that no time is spent on data. Rows are those of a packed sequence."""

    def __init__(self, corpus, utterances, unique):
        utterances = sorted(utterances, key=lambda u: -len(u[0]))
        steps = [[u for u in utterances if t < len(u[0])] for t in range(len(utterances[0][0]))]
        self.sizes = torch.tensor([len(step) for step in steps])
        rows = [words[t] for t, step in enumerate(steps) for words, _ in step]
        self.tags = torch.tensor([corpus.tag[tags[t]] for t, step in enumerate(steps) for _, tags in step])
        n, lengths = len(utterances), [len(words) for words, _ in utterances]
        row = {(t, i): r for r, (t, i) in enumerate((t, i) for t, step in enumerate(steps) for i in range(len(step)))}
        grid = [[(t, i) for i in range(n)] for t in range(len(steps))]
        self.rows = torch.tensor([[row.get(p, 0) for p in step] for step in grid])
        self.mirrored = torch.tensor([[row.get((lengths[i] - 1 - t, i), 0) for t, i in step] for step in grid])
        self.place = torch.tensor([t * n + i for t, i in row])
        self.mirror = torch.tensor([(lengths[i] - 1 - t) * n + i for t, i in row])
        self.words = torch.tensor([corpus.word[w] for w in rows])
        self.bags = torch.tensor([f for w in rows for f in corpus.bag(w)])
        ends = torch.tensor([0] + [len(corpus.bag(w)) for w in rows]).cumsum(0)
        self.offsets = ends[:-1]
        spellings = sorted(set(rows)) if unique else rows
        place = {w: i for i, w in enumerate(spellings)}
        self.which = torch.tensor([place[w] for w in rows]) if unique else None
        widest = max(map(len, spellings))
        ids = torch.zeros(len(spellings), widest, dtype=torch.long)
        self.spelled = torch.zeros(len(spellings), 1, widest)
        for i, w in enumerate(spellings):
            ids[i, : len(w)] = torch.tensor([corpus.character[c] for c in w])
            self.spelled[i, 0, : len(w)] = 1
        self.spelling = ids
        self.tokens = len(rows)


class Corpus:
    """Utterances of a directory with seq.in and seq.out, and the ids of everything in them. Character 0
    is the padding, whose vector stays 0."""

    def __init__(self, directory):
        read = lambda name: [line.split() for line in open(f"{directory}/{name}", encoding="utf-8")]
        self.utterances = [u for u in zip(read("seq.in"), read("seq.out")) if u[0]]
        words = Counter(w for u, _ in self.utterances for w in u)
        bags = {w: features(w) for w in words}
        counts = Counter()
        for w, n in words.items():
            for f in bags[w]:
                counts[f] += n
        ids = {f: i for i, f in enumerate(f for f, n in counts.items() if n > 1)}
        self.known = {w: [ids[f] for f in bags[w] if f in ids] for w in words}
        self.word = {w: i for i, w in enumerate(words)}
        self.character = {c: 1 + i for i, c in enumerate(sorted(set("".join(words))))}
        self.tag = {t: i for i, t in enumerate(sorted({t for _, tags in self.utterances for t in tags}))}
        self.words, self.features = len(self.word), len(ids)
        self.characters, self.tags = 1 + len(self.character), len(self.tag)

    def bag(self, word):
        return self.known[word]


def features(word):
    """As package data's features: normalised form, affixes of 2 to 4 characters, shape."""
    form = "".join("0" if unicodedata.category(c) == "Nd" else c.lower() for c in word)
    out = [("w", form), ("x", shape(word))]
    for n in range(2, min(5, len(form))):
        out += [("p", form[:n]), ("s", form[-n:])]
    return out


def shape(word):
    kinds = "".join(
        "X" if c.isupper() else "x" if c.isalpha() else "0" if c.isdigit() else c if c < "\x80" else "*" for c in word)
    return re.sub(r"([^X])\1+", r"\1", re.sub(r"X{3,}", "XX", kinds))


def batches(a, corpus):
    utterances = list(corpus.utterances)
    random.Random(0).shuffle(utterances)
    last = min(len(utterances), 128 * a.batch) - a.batch + 1
    return [Batch(corpus, utterances[i : i + a.batch], a.unique) for i in range(0, last, a.batch)]


def check():
    """The CRF against the sum over all sequences of tags."""
    import itertools

    torch.manual_seed(1)
    k, lengths = 3, [4, 2, 1]
    crf = CRF(k).double()
    nn.init.normal_(crf.start), nn.init.normal_(crf.end), nn.init.normal_(crf.transitions)
    emissions = [torch.randn(n, k).double() for n in lengths]
    tags, want = [torch.randint(0, k, (n,)) for n in lengths], 0
    for x, gold in zip(emissions, tags):
        def score(s):
            total = crf.start[s[0]] + crf.end[s[-1]] + sum(x[t, s[t]] for t in range(len(x)))
            return total + sum(crf.transitions[a, b] for a, b in zip(s, s[1:]))

        every = torch.stack([score(s) for s in itertools.product(range(k), repeat=len(x))])
        want = want + torch.logsumexp(every, 0) - score(gold.tolist())
    packed = nn.utils.rnn.pack_sequence(emissions)
    got = crf(packed.data, nn.utils.rnn.pack_sequence(tags).data, packed.batch_sizes.tolist())
    assert abs(float(got - want)) < 1e-9, (float(got), float(want))


if __name__ == "__main__":
    check()
    print("the CRF has the loss of all sequences of tags")
