"""``docs/add_a_baseline.md``, followed to the letter: the new baseline passes its test and is compared."""

from __future__ import annotations

import os
from pathlib import Path

from tests.docs.followed import follow

COMPARED = """
import numpy as np
from baihuo.models.baskets import DAY_US, Baskets
from baihuo.train.purchases.report import baselines, evaluate_purchases
from baihuo.train import PurchaseTraining, learn_purchases

rng, now_us = np.random.default_rng(0), 300 * DAY_US
visitor = rng.integers(0, 60, 900).astype(np.int32)
at_us = rng.integers(0, 340, 900) * DAY_US
product = rng.integers(0, 20, 900).astype(np.int32)
ones = np.ones(900, np.float32)
lines = Baskets(visitor, product, np.arange(900), at_us, ones, ones, 60, 20)
print(*baselines(lines, at_us=now_us))
model = learn_purchases(
    lines, at_us=now_us, titles=["thing"] * 20, training=PurchaseTraining(n_windows=1)
)
results = evaluate_purchases(model, lines, lines.between(now_us, 340 * DAY_US), at_us=now_us)
print(*[r.system for r in results if r.mode == "all"], *[sorted(r.vs) for r in results if r.vs][0])
"""


def test_a_baseline_is_tested_and_compared(tmp_path: Path) -> None:
    copy = follow("add_a_baseline.md", tmp_path / "copy")
    options = ("-c", os.devnull, "--noconftest")
    (printed,) = copy.run(tests=["tests/models/test_next_basket.py", *options], code=COMPARED)
    declared, compared = printed.splitlines()
    assert declared.split() == ["popularity", "own", "knn", "ease", "next_basket"]
    assert compared.split()[:6] == [*declared.split(), "baihuo"]
    assert (
        compared.count("next_basket") == 2
    )  # in the table, and as what the model is compared with
