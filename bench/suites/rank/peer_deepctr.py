"""DeepFM of deepctr-torch, run by the Python of its own environment: trains, then scores requests turn by turn.

Not imported by anything of ours. Values are looked up by one dictionary a field and numbers scaled by numpy, the fastest
way to give it raw rows that we know; its usual tutorial (pandas, LabelEncoder) takes many times that.
"""

from __future__ import annotations

import json
import sys
from itertools import repeat
from operator import itemgetter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import pandas as pd
import torch
from deepctr_torch.inputs import DenseFeat, SparseFeat, get_feature_names
from deepctr_torch.models import DeepFM
from sklearn.metrics import log_loss, roc_auc_score

from suites.rank.turns import answer_turns


class Encoder:
    """Words to numbers by the training rows, 0 for others, and numbers to their standardised logarithm."""

    def __init__(self, train: pd.DataFrame, categories: list[str], numbers: list[str]) -> None:
        self.categories, self.numbers = categories, numbers
        self.ids = [
            {value: i for i, value in enumerate(train[name].dropna().unique(), 1)}
            for name in categories
        ]
        logs = _logs(train[numbers].to_numpy("float32"))
        self.mean, self.deviation = logs.mean(0), logs.std(0)
        self._get = itemgetter(*categories, *numbers)

    def columns(self, data: Any) -> dict[str, Any]:
        """Columns or rows as ``predict`` wants them."""
        if isinstance(data, dict):
            return self.encoded(list(self._get(data)))
        return self.encoded(list(zip(*map(self._get, data), strict=True)))

    def encoded(self, columns: list[Any]) -> dict[str, Any]:
        n, found = len(columns[0]), {}
        for name, ids, values in zip(self.categories, self.ids, columns, strict=False):
            found[name] = np.fromiter(map(ids.get, values, repeat(0)), np.int64, n)
        values = np.array(columns[len(self.categories) :], dtype=np.float32).T
        scaled = (_logs(values) - self.mean) / self.deviation
        for place, name in enumerate(self.numbers):
            found[name] = scaled[:, place]
        return found


def _logs(values: Any) -> Any:
    return np.log1p(np.nan_to_num(np.maximum(values, 0)))


def main() -> None:
    asked = json.loads(sys.argv[1])
    torch.set_num_threads(1)
    read = pd.read_csv if asked["train"].endswith(".csv") else pd.read_parquet
    train, test = read(asked["train"]), read(asked["test"])
    for name in asked["categories"]:  # as a request has them
        for rows in (train, test):
            rows[name] = rows[name].astype(object).where(rows[name].notna(), None)
    encoder = Encoder(train, asked["categories"], asked["numbers"])
    sizes = dict(zip(encoder.categories, (len(ids) + 1 for ids in encoder.ids), strict=True))
    fields = [SparseFeat(f, sizes[f], embedding_dim=asked["embedding_size"]) for f in sizes]
    fields += [DenseFeat(name, 1) for name in encoder.numbers]
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
    wanted = [*encoder.categories, *encoder.numbers]
    given = encoder.encoded([train[name].to_list() for name in wanted])
    assert set(get_feature_names(fields)) == set(given)
    labels = train[asked["label"]].to_numpy("float64").reshape(-1, 1)
    model.fit(given, labels, batch_size=asked["batch_rows"], epochs=1, verbose=0)
    scores = model.predict(encoder.encoded([test[name].to_list() for name in wanted]), 8192)[:, 0]
    outcome = test[asked["label"]].to_numpy()
    with Path(asked["requests"]).open(encoding="utf-8") as lines:
        requests = [json.loads(line) for line in lines]
    about = {
        "auc": float(roc_auc_score(outcome, scores)),
        "log_loss": float(log_loss(outcome, scores)),
    }
    answer_turns(requests, encoder.columns, lambda x: model.predict(x, 256), about)


if __name__ == "__main__":
    main()
