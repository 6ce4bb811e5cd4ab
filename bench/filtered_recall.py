"""Recall of the dense source under filters, with lists of vectors and without, against exact cosines.

::

    python bench/filtered_recall.py --data ../shared/data/icecat --products 100000 --work DIR
    python bench/filtered_recall.py --shop SHOP [--queries 200] [--seed 1]

With ``--shop``: its released index as it is. With ``--data``: Icecat, and above 19,406 products recombined ones whose vectors
are made (``suites/scale/catalogue.py``), with lists and without. Queries are the 83 of
shoppers and words of titles, encoded; with a shop, halves of titles.

A filter keeps a random share of the products. A JSON line for each source, encoder and share:

recall@10, recall@100   how many of the exact first 10 and 100 the source has among its own first 10 and 100; mean, and the
                        smallest of any query for 100
above                   of the products whose exact cosine reaches the default threshold, how many a search without the
                        filter finds and the filter keeps: these stand in answers for their meaning alone
cpu_ms                  of a query
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo import bundle
from baihuo.bundle import Bundle
from baihuo.core import ShopPaths
from baihuo.encode import MINILM, Encoders
from baihuo.index import Generation, Int8Vectors, RowVectors, Thresholds
from baihuo.index.inverted_file import InvertedFile
from suites.scale.catalogue import grown_vectors
from suites.scale.only_vectors import only_vectors
from suites.scale.queries import searches
from suites.scale.shop import real_catalogue
from suites.shared.measure import emit
from suites.shared.paths import given
from suites.shared.progress import show

Floats = NDArray[np.float32]

SHARES = (0.001, 0.01, 0.1, 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shop", type=given)
    parser.add_argument("--data", type=given, help="folder of the Icecat files")
    parser.add_argument("--products", type=int, default=19_406)
    parser.add_argument("--work", type=Path, default=Path("bench/out/scale"))
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    if arguments.shop is not None:
        generation = opened(arguments.shop)
        for name in generation.snapshot.segments[0].vectors:
            texts = halves_of_titles(generation, name, arguments.queries, rng)
            queries = np.asarray(generation.encoders.get(name).encode(texts))
            exact = np.asarray(generation.snapshot.segments[0].vectors[name])
            measure("as released", name, generation.vectors(name), exact, queries, rng)
        return
    if arguments.data is None:
        parser.error("--shop or --data")
    real, vectors, encoders = real_catalogue(arguments.data, arguments.work, progress=show)
    exact = grown_vectors(vectors, arguments.products, seed=arguments.seed)
    texts = searches(real, arguments.data, arguments.queries, seed=arguments.seed)
    queries = np.asarray(Encoders.open(encoders).get(MINILM).encode(texts))
    sources: dict[str, InvertedFile | Int8Vectors] = {
        "lists": InvertedFile.of(exact, progress=show),
        "scan": Int8Vectors.of(exact),
    }
    for source, stored in sources.items():
        rng = np.random.default_rng(arguments.seed)
        measure(source, MINILM, only_vectors(stored, exact), exact, queries, rng)


def opened(shop: Path) -> Generation:
    """The live index of a shop, read in place."""
    paths = ShopPaths(shop)
    live = bundle.read_live(paths.bundles)
    if live is None:
        raise SystemExit(f"{shop} has no release; run: baihuo release --shop {shop}")
    encoders = Encoders.open(Bundle.open(paths.bundles / live.now.bundle_id).folder("encoders"))
    return Generation.open(paths.index / live.now.index_id, encoders)


def halves_of_titles(
    generation: Generation, name: str, n: int, rng: np.random.Generator
) -> list[str]:
    """Halves of random titles in the language of an encoder."""
    texts: list[str] = []
    for row in rng.permutation(generation.n)[: 3 * max(n, 0)].tolist():
        product = generation.product(row)
        title = (product.title_en if name == MINILM else product.title_zh) or ""
        if title and len(texts) < n:
            texts.append(title[: max(len(title) // 2, 2)])
    return texts


def measure(
    source: str,
    name: str,
    vectors: RowVectors,
    exact: Floats,
    queries: Floats,
    rng: np.random.Generator,
) -> None:
    """A line for each share of products that a filter keeps."""
    threshold = Thresholds().cosine(name)
    for share in SHARES:
        found = [one(vectors, exact, query, share, threshold, rng) for query in queries]
        columns = np.array(found)
        emit(
            source=source,
            encoder=name,
            products=len(vectors),
            queries=len(queries),
            filter_keeps=share,
            **{
                "recall@10": float(columns[:, 0].mean()),
                "recall@100": float(columns[:, 1].mean()),
                "recall@100 of the worst query": float(columns[:, 1].min()),
                "above": float(np.nansum(columns[:, 2]) / np.nansum(columns[:, 3])),
            },
            cpu_ms=float(np.median(columns[:, 4])),
        )


def one(
    vectors: RowVectors,
    exact: Floats,
    query: Floats,
    share: float,
    threshold: float,
    rng: np.random.Generator,
) -> tuple[float, ...]:
    """Recall at 10 and 100, rows found and rows there above the threshold, and CPU of one query."""
    n = len(vectors)
    allowed = np.zeros(n, np.bool_)
    allowed[rng.permutation(n)[: max(int(share * n), 1)]] = True
    cosines = np.where(allowed, exact @ query, -2)
    started = time.thread_time()
    rows, _ = vectors.nearest(query, 100, allowed=None if share == 1 else allowed)
    cpu_ms = 1000 * (time.thread_time() - started)
    recalls = []
    for k in (10, 100):
        k = min(k, int(allowed.sum()))
        best = np.argpartition(-cosines, k - 1)[:k]
        recalls.append(len(np.intersect1d(best, rows[:k])) / k)
    reached = vectors.near(query, 1_000).at_least(threshold)
    is_there = cosines >= threshold
    return *recalls, float((reached & is_there).sum()), float(is_there.sum()), cpu_ms


if __name__ == "__main__":
    main()
