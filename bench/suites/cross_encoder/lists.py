"""Training lists of a cross-encoder: a query of the catalogue, its product, and products that are nearly right.

Hard negatives come from our own search (candidates that it places high and that lack a term of the query) and from the product's
category (other values). Source: Karpukhin et al., Dense Passage Retrieval (2020), for negatives that a search places high.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from baihuo.train.encoders.pairs import PairWriter
from suites.synthetic.queries import Synthetic

SIZE = 6  # texts of a list: the right one first
_FROM_SEARCH, _DEPTH = 3, 30
_RIGHT = 7.0  # gain

Search = Callable[[str], Sequence[str]]
"""What was typed → product ids, best first."""


@dataclass(frozen=True, slots=True)
class TrainingList:
    """A query and :data:`SIZE` texts, of which the first is right."""

    query: str
    texts: list[str]


def training_lists(
    writer: PairWriter, written: Sequence[Synthetic], search: Search, *, seed: int
) -> list[TrainingList]:
    """A list for each query that has a wrong candidate."""
    rng = np.random.default_rng(seed)
    row_of = {t.product_id: i for i, t in enumerate(writer.texts)}
    of_kind: dict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(writer.texts):
        of_kind[text.kind].append(row)
    found = []
    for one in written:
        wrong = [
            row_of[p]
            for p in search(one.query)[:_DEPTH]
            if p in row_of and one.gains.get(p, 0.0) < _RIGHT
        ]
        chosen = [wrong[int(i)] for i in rng.permutation(len(wrong))[:_FROM_SEARCH]]
        near = of_kind[writer.texts[one.row].kind]
        for pool in (near, range(len(writer.texts))):
            for _ in range(4 * SIZE):
                row = pool[int(rng.integers(len(pool)))]
                is_wrong = one.gains.get(writer.texts[row].product_id, 0.0) < _RIGHT
                if is_wrong and row not in chosen and len(chosen) < SIZE - 1:
                    chosen.append(row)
        texts = [writer.texts[r].text for r in (one.row, *chosen)]
        if len(texts) == SIZE:
            found.append(TrainingList(one.query, texts))
    return found
