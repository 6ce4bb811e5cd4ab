"""A fixed workload like that of a page, to measure the machine's speed.

Machines differ by a factor of five, so the gate measures pages in multiples of this work. It does not depend on bundle, index or shop: a
slower encoder makes pages slower, not the yardstick.
"""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

from baihuo.index import Int8Vectors

_N_TOKENS, _WIDTH, _N_LAYERS = 8, 384, 3  # half of MiniLM's layers over a short query
_N_VECTORS = 20_000
_N_ROWS, _N_COLUMNS = 200, 64
_N_TITLES = 240


class Yardstick:
    """A call encodes a query, scans vectors, scores rows and builds an answer."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)

        def weights(*shape: int) -> NDArray[np.float32]:
            return (rng.standard_normal(shape) / np.sqrt(shape[0])).astype(np.float32)

        self._tokens = weights(_N_TOKENS, _WIDTH)
        self._layers = [
            (weights(_WIDTH, 4 * _WIDTH), weights(4 * _WIDTH, _WIDTH)) for _ in range(_N_LAYERS)
        ]
        self._vectors = Int8Vectors.of(weights(_N_VECTORS, _WIDTH))
        self._rows = weights(_N_ROWS, _N_COLUMNS)
        self._net = [weights(_N_COLUMNS, 128), weights(128, 64), weights(64, 1)]
        self._titles = [
            f"product {i} of brand {i % 17} in colour {i % 5}" for i in range(_N_TITLES)
        ]

    def __call__(self) -> None:
        """Run the workload once."""
        hidden = self._tokens
        for wide, narrow in self._layers:
            hidden = hidden + np.maximum(hidden @ wide, 0) @ narrow
            hidden /= np.linalg.norm(hidden, axis=1, keepdims=True)
        scores = self._vectors.dot(hidden.mean(axis=0))
        best = np.argpartition(-scores, 1_000)[:1_000]
        best = best[np.argsort(-scores[best], kind="stable")]
        values = self._rows
        for layer in self._net:
            values = np.tanh(values @ layer)
        order = np.argsort(-values[:, 0], kind="stable").tolist()
        self._answer(order, best.tolist())

    def _answer(self, order: list[int], best: list[int]) -> str:
        """Do the interpreter's share: most of a page is small steps over terms and rows."""
        counts: dict[str, int] = {}
        for title in self._titles:
            for word in title.split():
                counts[word] = counts.get(word, 0) + 1
        shown = [
            {"product_id": str(row), "title": self._titles[row % _N_TITLES], "position": p + 1}
            for p, row in enumerate(order)
        ]
        return json.dumps({"results": shown, "facets": counts, "n": len(best)}, ensure_ascii=False)
