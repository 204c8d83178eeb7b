"""Writes multitask_reads_joint_adam.json and multitask_reads_sampled_adam.json.

    python3 testdata/torch/multitask_reads.py

The data and the initial values are those of multitask_*_adam.json. The weight of head_tag has three more columns, for
the probabilities of head_class.
"""
import json
import os

import torch

HERE = os.path.dirname(os.path.abspath(__file__))


def write(mode):
    with open(os.path.join(HERE, f"multitask_{mode}_adam.json")) as f:
        base = json.load(f)
    given = {k: torch.tensor(v["data"]).reshape(v["shape"]) for k, v in base["tensors"].items()}
    joint, lr = base["params"]["joint"], base["params"]["lr"]
    params = {k[5:]: v.clone() for k, v in given.items() if k.startswith("init.")}
    extra = torch.randn(5, 3, generator=torch.Generator().manual_seed(5))
    params["head_tag.weight"] = torch.cat([params["head_tag.weight"], extra], 1)
    init = {"init." + k: v.clone() for k, v in params.items()}

    embedding = torch.nn.Embedding(20, 6)
    lstm = torch.nn.LSTM(6, 8, batch_first=True)
    head_class, head_tag = torch.nn.Linear(8, 3), torch.nn.Linear(11, 5)
    modules = {"embedding": embedding, "lstm": lstm, "head_class": head_class, "head_tag": head_tag}
    named = {f"{m}.{n}": p for m, module in modules.items() for n, p in module.named_parameters()}
    for name, p in named.items():
        p.data.copy_(params[name])
    optimizer = torch.optim.Adam(named.values(), lr=lr)
    entropy = torch.nn.CrossEntropyLoss()
    losses = []
    for step, task in enumerate(given["task"].int().tolist()):
        lengths = given["lengths"][step].long()
        real = torch.arange(7)[None] < lengths[:, None]
        hidden, _ = lstm(embedding(given["ids"][step].long()))
        mean = (hidden * real[..., None]).sum(1) / lengths[:, None]
        classes = head_class(mean)
        p = classes.softmax(1).detach() * 8 ** 0.5
        tags = head_tag(torch.cat([hidden, p[:, None].expand(-1, 7, -1)], 2))
        each = [entropy(classes, given["classes"][step].long()),
                entropy(tags[real], given["tags"][step].long()[real])]
        trained = [0, 1] if joint else [task]
        optimizer.zero_grad(set_to_none=True)
        sum(given["weights"][t] * each[t] for t in trained).backward()
        optimizer.step()
        losses.append([each[t].item() if t in trained else -1.0 for t in (0, 1)])

    tensors = {k: v for k, v in given.items() if not k.startswith(("init.", "final.")) and k != "losses"}
    tensors |= init | {"final." + k: p.detach() for k, p in named.items()} | {"losses": torch.tensor(losses)}
    out = {
        "note": base["note"].replace("head_tag on every step", "head_tag on every step joined with √8 times the "
                                     "detached softmax of head_class"),
        "torch": torch.__version__,
        "params": base["params"] | {"reads": True},
        "tensors": {k: {"shape": list(v.shape), "data": [float(f"{x:.9g}") for x in v.double().flatten().tolist()]}
                    for k, v in tensors.items()},
    }
    with open(os.path.join(HERE, f"multitask_reads_{mode}_adam.json"), "w") as f:
        json.dump(out, f)
        f.write("\n")


for mode in ("joint", "sampled"):
    write(mode)
