"""The ranker of purchases: trees, and networks where there is enough to learn from."""

from __future__ import annotations

import json

import numpy as np
import pytest

from baihuo.models import Examples, FitContext
from baihuo.models.contract import file_from_bytes, file_to_bytes
from baihuo.models.purchase_ranker import MODEL, PurchaseRanker, fit

QUICK = {"n_trees": 4, "objectives": ("binary", "softmax")}


def groups(n: int) -> Examples:
    """Five candidates a group, the one with the largest first column is bought."""
    rng = np.random.default_rng(2)
    matrix = rng.normal(size=(n * 5, 2)).astype(np.float32)
    label = np.zeros((n, 5), np.float32)
    label[np.arange(n), matrix[:, 0].reshape(n, 5).argmax(axis=1)] = 1
    flat = label.ravel()
    return Examples(("a", "b"), matrix, flat, flat.astype(np.int32), np.repeat(np.arange(n), 5))


@pytest.fixture(scope="module")
def ranker() -> PurchaseRanker:
    return fit(groups(1_200), None, FitContext(settings=QUICK))


def test_trees_and_networks_come_back_from_their_files(ranker: PurchaseRanker) -> None:
    kept = {name: file_to_bytes(content) for name, content in ranker.files().items()}
    assert sorted(kept) == ["binary.txt", "softmax.json", "spreads.json"]
    opened = MODEL.open(
        {name: file_from_bytes(name, content) for name, content in kept.items()}, {}
    )
    rows = groups(50)
    assert opened.scores(rows.matrix).tolist() == ranker.scores(rows.matrix).tolist()
    assert json.loads(kept["spreads.json"]).keys() == {"binary", "softmax"}


def test_networks_find_what_four_trees_cannot(ranker: PurchaseRanker) -> None:
    rows = groups(400)

    def right(model: PurchaseRanker) -> float:
        best = model.scores(rows.matrix).reshape(-1, 5).argmax(axis=1)
        return float((best == rows.labels.reshape(-1, 5).argmax(axis=1)).mean())

    trees_alone = fit(groups(1_200), None, FitContext(settings={**QUICK, "objectives": ["binary"]}))
    assert right(ranker) > 0.95 > right(trees_alone)


def test_few_groups_teach_no_network_and_trees_of_two_objectives_order() -> None:
    ranker = fit(groups(300), None, FitContext(settings=QUICK))
    assert ranker.networks is None
    assert sorted(ranker.trees) == ["binary", "lambdarank"]
