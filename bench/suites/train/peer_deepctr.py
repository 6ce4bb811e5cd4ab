"""DeepFM of deepctr-torch, run by the Python of its own environment: one JSON line of what it took.

Not imported by anything of ours. Settings are the tuned ones of this data: without ``init_std`` 0.01 (its own is 0.0001) it
loses 0.025 AUC in one pass.
"""

from __future__ import annotations

import json
import os
import resource
import sys


def cpu_s() -> float:
    """Of this process and its children."""
    t = os.times()
    return t.user + t.system + t.children_user + t.children_system


def main() -> None:
    asked = json.loads(sys.argv[1])
    import numpy as np
    import pandas as pd
    import torch
    from deepctr_torch.inputs import DenseFeat, SparseFeat, get_feature_names
    from deepctr_torch.models import DeepFM
    from sklearn.metrics import roc_auc_score

    torch.set_num_threads(asked["threads"])
    started = cpu_s()
    read = pd.read_csv if asked["train"].endswith(".csv") else pd.read_parquet
    train, test = read(asked["train"]), read(asked["test"])
    n, rows = len(train), pd.concat([train, test], ignore_index=True)
    del train, test
    sizes = {}
    for name in asked["categories"]:
        codes, values = pd.factorize(rows[name], use_na_sentinel=False)
        rows[name], sizes[name] = codes, len(values)
    numbers = np.log1p(rows[asked["numbers"]].fillna(0).to_numpy("float32"))
    rows[asked["numbers"]] = (numbers - numbers[:n].mean(0)) / numbers[:n].std(0)
    fields = [SparseFeat(f, sizes[f], embedding_dim=asked["embedding_size"]) for f in sizes]
    fields += [DenseFeat(name, 1) for name in asked["numbers"]]
    names = get_feature_names(fields)
    given = {name: rows[name].to_numpy()[:n] for name in names}
    model = DeepFM(
        fields,
        fields,
        dnn_hidden_units=tuple(asked["layers"]),
        l2_reg_linear=0.0,
        l2_reg_embedding=0.0,
        init_std=0.01,
        task="binary",
        device="cpu",
        seed=asked["seed"],
    )
    adam = torch.optim.Adam(model.parameters(), asked["learning_rate"])
    model.compile(adam, "binary_crossentropy", metrics=[])
    labels = rows["label"].to_numpy().reshape(-1, 1).copy()
    first: list[float] = []
    model.register_forward_pre_hook(lambda *_: first.append(cpu_s()))
    before_fit = cpu_s()
    model.fit(given, labels[:n], batch_size=asked["batch_rows"], epochs=1, verbose=0)
    train_cpu_s = cpu_s() - before_fit
    scores = model.predict({name: rows[name].to_numpy()[n:] for name in names}, 8192)
    found = {
        "rows": n,
        "first_batch_cpu_s": first[0] - started,
        "train_cpu_s": train_cpu_s,
        "auc": float(roc_auc_score(labels[n:, 0], scores[:, 0])),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
