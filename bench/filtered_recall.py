"""Recall of the dense source under filters: scans of 8-bit vectors against exact cosines.

::

    python bench/filtered_recall.py SHOP [--queries 200] [--seed 1]

SHOP has a released index. Queries are halves of titles; a filter keeps a random share of the products. A JSON line for each
encoder and share: how many of the exact first 10 and 100 the scan finds among its own first 10 and 100.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo import bundle
from baihuo.bundle import Bundle
from baihuo.core import ShopPaths
from baihuo.encode import Encoders
from baihuo.index import Generation

SHARES = (0.001, 0.01, 0.1, 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shop", type=Path)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    generation = opened(arguments.shop)
    rng = np.random.default_rng(arguments.seed)
    for name in generation.snapshot.segments[0].vectors:
        vectors = np.asarray(generation.vectors(name))
        queries = queries_of(generation, name, arguments.queries, rng)
        for share in SHARES:
            found = [recalls(generation, name, vectors, query, share, rng) for query in queries]
            at_10, at_100 = np.mean(found, axis=0)
            line = {
                "encoder": name,
                "products": generation.n,
                "queries": len(queries),
                "filter_keeps": share,
                "recall@10": round(float(at_10), 4),
                "recall@100": round(float(at_100), 4),
            }
            print(json.dumps(line), flush=True)


def opened(shop: Path) -> Generation:
    """The live index of a shop, read in place."""
    paths = ShopPaths(shop)
    live = bundle.read_live(paths.bundles)
    if live is None:
        raise SystemExit(f"{shop} has no release; run: baihuo release --shop {shop}")
    encoders = Encoders.open(Bundle.open(paths.bundles / live.now.bundle_id).folder("encoders"))
    return Generation.open(paths.index / live.now.index_id, encoders)


def queries_of(
    generation: Generation, name: str, n: int, rng: np.random.Generator
) -> list[NDArray[np.float32]]:
    """Vectors of halves of random titles."""
    is_chinese, encoder = name != "minilm", generation.encoders.get(name)
    texts: list[str] = []
    for row in rng.permutation(generation.n)[: 3 * n].tolist():
        product = generation.product(row)
        title = (product.title_zh if is_chinese else product.title_en) or ""
        if title and len(texts) < n:
            texts.append(title[: max(len(title) // 2, 2)])
    return list(encoder.encode(texts))


def recalls(
    generation: Generation,
    name: str,
    vectors: NDArray[np.float32],
    query: NDArray[np.float32],
    share: float,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Recall at 10 and at 100 among the products that a random filter keeps."""
    n_kept = max(int(share * generation.n), 1)
    kept = rng.permutation(generation.n)[:n_kept]
    ours = (generation.vectors(name) @ query)[kept]
    exact = vectors[kept] @ query
    at = []
    for k in (10, 100):
        k = min(k, n_kept)
        best = np.argpartition(-exact, k - 1)[:k]
        found = np.argpartition(-ours, k - 1)[:k]
        at.append(len(np.intersect1d(best, found)) / k)
    return at[0], at[1]


if __name__ == "__main__":
    main()
