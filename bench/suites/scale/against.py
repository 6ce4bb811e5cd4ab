"""Words beside tantivy, vectors beside faiss: the same queries in turns, in one thread."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.index import Generation, Int8Vectors
from baihuo.index.inverted_file import InvertedFile
from baihuo.index.match import match_words
from suites.scale.only_vectors import only_vectors
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
    sizes: list[tuple[int, int]] = []

    def ours(one: Any) -> int:
        return len(match_words(one, snapshot, None).found)

    asked = [theirs.query(one) for one in groups]
    took = in_turns(
        [(partial(ours, g), partial(theirs.all, q)) for g, q in zip(groups, asked, strict=True)]
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


def compare_dense(vectors: Floats, queries: Floats) -> None:
    """The nearest of all vectors."""
    import faiss

    scan, flat = Int8Vectors.of(vectors), faiss.IndexFlatIP(vectors.shape[1])
    faiss.omp_set_num_threads(1)
    flat.add(vectors)

    def ours(query: Floats) -> NDArray[Any]:
        cosines = scan.dot(query)
        best = np.argpartition(-cosines, _K)[:_K]
        return best[np.argsort(-cosines[best])]

    took = in_turns([(partial(ours, q), partial(flat.search, q[None], _K)) for q in queries]).sum(
        axis=0
    )
    emit(
        part="dense",
        products=len(vectors),
        queries=len(queries),
        recall=_recall(map(ours, queries), _exact(vectors, queries)),
        cpu_ms=took[0] / len(queries),
        faiss_flat_cpu_ms=took[1] / len(queries),
        ratio=took[0] / took[1],
    )


def compare_lists(vectors: Floats, queries: Floats) -> None:
    """The nearest by lists, beside faiss at the recall that ours has."""
    import faiss

    faiss.omp_set_num_threads(1)
    started = time.process_time()
    lists = InvertedFile.of(vectors)
    build_cpu_s, n_lists, ours = (
        time.process_time() - started,
        lists.n_lists - 1,
        only_vectors(lists, vectors),
    )
    exact = _exact(vectors, queries)
    recall = _recall((ours.nearest(q, _K)[0] for q in queries), exact)
    scan = Int8Vectors.of(vectors)
    for name, theirs in _faiss_lists(vectors, n_lists):
        reached = 0.0
        while reached < recall and theirs.nprobe < n_lists:
            theirs.nprobe = min(n_lists, max(theirs.nprobe + 1, int(theirs.nprobe * 1.1)))
            reached = _recall((theirs.search(q[None], _K)[1][0] for q in queries), exact)
        took = in_turns(
            [(partial(ours.nearest, q, _K), partial(theirs.search, q[None], _K)) for q in queries]
        ).sum(axis=0)
        turns = in_turns([(partial(ours.near, q, 1_000), partial(scan.dot, q)) for q in queries])
        near_ms, scan_ms = turns.mean(axis=0)
        emit(
            part="lists",
            beside=f"faiss {name}",
            products=len(vectors),
            queries=len(queries),
            n_lists=n_lists,
            build_cpu_s=build_cpu_s,
            recall=recall,
            faiss_recall=reached,
            faiss_lists_read=theirs.nprobe,
            cpu_ms=took[0] / len(queries),
            faiss_cpu_ms=took[1] / len(queries),
            ratio=took[0] / took[1],
            nearest_1000_cpu_ms=float(near_ms),
            scan_cpu_ms=float(scan_ms),
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


def _exact(vectors: Floats, queries: Floats) -> list[NDArray[Any]]:
    """The nearest of each query."""
    return [np.argpartition(-(vectors @ query), _K)[:_K] for query in queries]


def _recall(found: Iterable[NDArray[Any]], exact: Sequence[NDArray[Any]]) -> float:
    return float(
        np.mean([len(np.intersect1d(f, e)) / _K for f, e in zip(found, exact, strict=True)])
    )


def _faiss_lists(vectors: Floats, n_lists: int) -> Iterator[tuple[str, Any]]:
    import faiss

    dim, metric = vectors.shape[1], faiss.METRIC_INNER_PRODUCT
    flat = faiss.IndexFlatIP(dim)
    bits = faiss.ScalarQuantizer.QT_8bit
    plain = faiss.IndexIVFFlat(flat, dim, n_lists, metric)
    plain.cp.niter, plain.cp.max_points_per_centroid = 8, 64
    plain.train(vectors)
    plain.add(vectors)
    yield "IVFFlat", plain
    small = faiss.IndexIVFScalarQuantizer(flat, dim, n_lists, bits, metric)  # the same centroids
    small.train(vectors[::10])
    small.add(vectors)
    yield "IVFSQ8", small
