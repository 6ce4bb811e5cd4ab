"""The labelling queue's exam: the difference of two orders is that of their published nDCG, and judging finds it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from baihuo.core import Product
from baihuo.encode import Encoders
from baihuo.index import Generation, build
from suites.labels import queue

PERFECT = np.tile(np.eye(4), (queue.N_RATERS, 1, 1))  # raters who never err
GRADES = {f"p{n}": grade for n, grade in enumerate((0, 3, 1, 2))}
OURS, THEIRS = (1, 3, 2, 0), (0, 1, 2, 3)  # rows of the products, best first


@pytest.fixture
def truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> queue._Truth:
    """Four lamps that match the one query, in two given orders."""
    products = [Product(product_id=p, title_en=f"lamp {p}") for p in GRADES]
    encoders = Encoders({})
    folder = build(products, encoders=encoders, cache=None, out=tmp_path)
    generation = Generation.open(folder, encoders)
    rows = {str(p): n for n, p in enumerate(generation.product_ids)}
    orders = [np.array([rows[f"p{n}"] for n in order], np.int32) for order in (OURS, THEIRS)]
    monkeypatch.setattr("baihuo.labels.pool._orders", lambda *_: orders)
    return queue._Truth(generation, {"lamp": GRADES})


def test_the_difference_of_two_orders_is_that_of_their_ndcg(truth: queue._Truth) -> None:
    def gain(order: tuple[int, ...]) -> float:  # Järvelin and Kekäläinen 2002
        grades = [GRADES[f"p{n}"] for n in order]
        return sum((2**g - 1) / np.log2(at + 2) for at, g in enumerate(grades))

    expected = (gain(OURS) - gain(THEIRS)) / gain((1, 3, 2, 0))
    assert expected > 0.1
    assert truth.difference == pytest.approx(expected)
    assert sorted(truth.ours) == sorted(truth.theirs) == [1, 2, 3, 4]


@pytest.mark.parametrize("policy", queue.POLICIES)
def test_who_judges_everything_without_mistakes_knows_the_difference(
    truth: queue._Truth, policy: str
) -> None:
    assert truth.errors(policy, 7, PERFECT)[-1] == pytest.approx(0, abs=1e-9)
