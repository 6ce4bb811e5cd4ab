"""Words beside tantivy, vectors beside faiss: the same queries in turns, in one thread."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.encode import MINILM
from baihuo.index import Generation, Int8Vectors
from baihuo.index.inverted_file import InvertedFile
from baihuo.index.match import match_words
from suites.scale.tantivy_index import TantivyIndex
from suites.shared.measure import emit

Floats = NDArray[np.float32]

_K = 100


def with_peers(work: Path) -> None:
    """Make faiss importable: where it is missing, it is installed into a folder of its own."""
    try:
        importlib.import_module("faiss")
    except ModuleNotFoundError:
        folder = work.resolve() / "peers"
        if not (folder / "faiss").exists():
            wanted = ["--no-deps", "--quiet", "--target", str(folder), "faiss-cpu"]
            subprocess.run([sys.executable, "-m", "pip", "install", *wanted], check=True)
        sys.path.append(str(folder))


def compare_words(generation: Generation, texts: Sequence[str]) -> None:
    """All matches with their scores."""
    snapshot, theirs = generation.snapshot, TantivyIndex(generation.snapshot)
    groups = [m.groups for text in texts if (m := generation.match(text)) is not None]
    nothing = np.zeros(snapshot.n, np.bool_)
    sizes: list[tuple[int, int]] = []

    def ours(one: Any) -> int:
        return len(match_words(one, snapshot, nothing)[0])

    asked = [theirs.query(one) for one in groups]
    took = in_turns(
        [
            (lambda g=g: ours(g), lambda q=q: theirs.all(q))
            for g, q in zip(groups, asked, strict=True)
        ]
    )
    for one in groups:
        sizes.append((ours(one), theirs.all(theirs.query(one))))
    ours_ms, theirs_ms = took.sum(axis=0)
    n_matches = np.array([n for n, _ in sizes])
    ratios = took[:, 0] / took[:, 1]
    broad = n_matches >= np.quantile(n_matches, 0.9)
    emit(
        part="words",
        products=snapshot.n,
        queries=len(groups),
        matches=float(n_matches.mean()),
        same_matches=float(np.mean([a == b for a, b in sizes])),
        cpu_ms=ours_ms / len(groups),
        tantivy_cpu_ms=theirs_ms / len(groups),
        ratio=ours_ms / theirs_ms,
        ratio_of_the_median_query=float(np.median(ratios)),
        ratio_of_the_broadest_tenth=float(took[broad, 0].sum() / took[broad, 1].sum()),
    )


def compare_dense(generation: Generation, texts: Sequence[str]) -> None:
    """The nearest of all vectors."""
    import faiss

    vectors, queries = _vectors(generation, texts)
    scan, flat = Int8Vectors.of(vectors), faiss.IndexFlatIP(vectors.shape[1])
    faiss.omp_set_num_threads(1)
    flat.add(vectors)

    def ours(query: Floats) -> NDArray[Any]:
        cosines = scan.dot(query)
        best = np.argpartition(-cosines, _K)[:_K]
        return best[np.argsort(-cosines[best])]

    took = in_turns(
        [(lambda q=q: ours(q), lambda q=q: flat.search(q[None], _K)) for q in queries]
    ).sum(axis=0)
    emit(
        part="dense",
        products=len(vectors),
        queries=len(queries),
        recall=_recall(map(ours, queries), vectors, queries),
        cpu_ms=took[0] / len(queries),
        faiss_flat_cpu_ms=took[1] / len(queries),
        ratio=took[0] / took[1],
    )


def compare_lists(generation: Generation, texts: Sequence[str]) -> None:
    """The nearest by lists, at the recall that ours has. Nothing where the index has no lists."""
    import faiss

    lists = generation.snapshot.segments[0].int8_vectors[MINILM]
    if not isinstance(lists, InvertedFile):
        return
    vectors, queries = _vectors(generation, texts)
    n_lists, ours = lists.n_lists - 1, generation.vectors(MINILM)
    recall = _recall((ours.nearest(q, _K)[0] for q in queries), vectors, queries)
    scan = Int8Vectors.of(vectors)
    for name, theirs in _faiss_lists(vectors, n_lists).items():
        reached = 0.0
        while reached < recall and theirs.nprobe < n_lists:
            theirs.nprobe = min(n_lists, max(theirs.nprobe + 1, int(theirs.nprobe * 1.1)))
            reached = _recall((theirs.search(q[None], _K)[1][0] for q in queries), vectors, queries)
        took = in_turns(
            [
                (lambda q=q: ours.nearest(q, _K), lambda q=q, t=theirs: t.search(q[None], _K))
                for q in queries
            ]
        ).sum(axis=0)
        exact = in_turns([(lambda q=q: scan.dot(q), lambda q=q: faiss.__name__) for q in queries])
        emit(
            part="lists",
            beside=f"faiss {name}",
            products=len(vectors),
            queries=len(queries),
            n_lists=n_lists,
            recall=recall,
            faiss_recall=reached,
            faiss_lists_read=theirs.nprobe,
            cpu_ms=took[0] / len(queries),
            faiss_cpu_ms=took[1] / len(queries),
            ratio=took[0] / took[1],
            scan_cpu_ms=float(exact[:, 0].mean()),
        )


def in_turns(pairs: Sequence[tuple[Callable[[], Any], Callable[[], Any]]]) -> NDArray[np.float64]:
    """Milliseconds of CPU of both of each pair, ``[pairs, 2]``: the least of three turns."""
    took = np.full((len(pairs), 2), np.inf)
    for _ in range(3):
        for number, pair in enumerate(pairs):
            for side, call in enumerate(pair):
                started = time.process_time()
                call()
                spent = 1000 * (time.process_time() - started)
                took[number, side] = min(took[number, side], spent)
    return took


def _vectors(generation: Generation, texts: Sequence[str]) -> tuple[Floats, Floats]:
    """Those of the products, in memory, and those of the queries."""
    stored = generation.snapshot.segments[0].vectors[MINILM]
    return np.array(stored), np.asarray(generation.encoders.get(MINILM).encode(texts))


def _recall(found: Iterable[NDArray[Any]], vectors: Floats, queries: Floats) -> float:
    shares = []
    for query, rows in zip(queries, found, strict=True):
        best = np.argpartition(-(vectors @ query), _K)[:_K]
        shares.append(len(np.intersect1d(best, rows)) / _K)
    return float(np.mean(shares))


def _faiss_lists(vectors: Floats, n_lists: int) -> dict[str, Any]:
    import faiss

    dim, metric = vectors.shape[1], faiss.METRIC_INNER_PRODUCT
    flat = faiss.IndexFlatIP(dim)
    bits = faiss.ScalarQuantizer.QT_8bit
    made = {
        "IVFFlat": faiss.IndexIVFFlat(flat, dim, n_lists, metric),
        "IVFSQ8": faiss.IndexIVFScalarQuantizer(flat, dim, n_lists, bits, metric),
    }
    for lists in made.values():
        lists.cp.niter, lists.cp.max_points_per_centroid = 8, 64
        lists.train(vectors)
        lists.add(vectors)
    return made
