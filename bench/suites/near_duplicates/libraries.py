"""Libraries that propose pairs of like titles, given the same sets of words."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.engine import DuckTables
from baihuo.quality import QualityRules
from baihuo.quality.checks.near_duplicates import checks as near_duplicates
from baihuo.quality.checks.near_duplicates.title_words import TitleWords, flat
from baihuo.quality.findings import FindingsStore
from suites.near_duplicates.marking import mark_candidates, sampled
from suites.shared.measure import Clock, emit, peak_mb

LIBRARIES = ("rensa", "datasketch")

LONGEST_S = 900  # for the pairs of one library


def _english(folder: Path, memory_mb: int) -> tuple[Any, Any, list[list[str]]]:
    """The English titles as ``quality`` reads them, for the libraries: sets of words, as text."""
    work = folder / "peer"
    work.mkdir(exist_ok=True)
    store = FindingsStore(
        DuckTables(memory_mb=memory_mb), "products", folder / "products.parquet", work
    )
    titles = work / "titles.parquet"
    near_duplicates.write_titles(store, titles)
    limits = QualityRules().section(near_duplicates.STEP)
    maker = TitleWords(limits.says_nothing, limits.tells_apart)
    parts = [maker(b["en"].to_pylist()) for b in pq.ParquetFile(titles).iter_batches()]
    words, starts = flat(pa.chunked_array(parts))
    text = [f"{w:x}" for w in words.tolist()]
    return words, starts, [text[a:b] for a, b in pairwise(starts)]


def measure_library(name: str, folder: Path, *, n: int, memory_mb: int) -> None:
    """A library with the hashes and bands that ours have among all titles: 15 bands of 4.

    All pairs are counted; only those of sampled titles are kept.
    """
    if find_spec(name) is None:
        emit(system=name, n=n, not_run=f"not installed: pip install {name}")
        return
    words, starts, sets = _english(folder, memory_mb)
    filled = np.flatnonzero(np.diff(starts))
    wanted = set(sampled(starts).tolist())
    filled_sets = [sets[i] for i in filled.tolist()]
    before = peak_mb()
    n_pairs = n_queried = 0
    kept: list[tuple[int, int]] = []
    with Clock() as clock:
        made, query = (_rensa if name == "rensa" else _datasketch)(filled_sets)
        until = time.perf_counter() + LONGEST_S
        for a, one in zip(filled.tolist(), made, strict=True):
            near = query(one)
            n_pairs += len(near) - 1
            if a in wanted:
                kept += [(a, int(filled[b])) for b in near if filled[b] != a]
            n_queried += 1
            if n_queried % 1000 == 0 and time.perf_counter() > until:
                break
    if n_queried < len(filled):
        emit(
            system=name,
            n=len(sets),
            wall_s=clock.wall_s,
            cpu_s=clock.cpu_s,
            peak_mb=peak_mb(),
            not_run=f"stopped: {n_queried:,} of {len(filled):,} titles queried in {LONGEST_S} s, {n_pairs:,} pairs",
        )
        return
    mark_candidates(
        name,
        len(sets),
        "en",
        words,
        starts,
        np.array(kept, np.int64).reshape(-1, 2),
        wall_s=clock.wall_s,
        cpu_s=clock.cpu_s,
        peak_mb=peak_mb(),
        peak_mb_before=before,
        n_pairs=n_pairs // 2,
    )


def _rensa(sets: list[list[str]]) -> tuple[Any, Callable[[Any], list[int]]]:
    import rensa

    made = rensa.RMinHash.from_token_sets(sets, 60, 42)
    index = rensa.RMinHashLSH(0.7, 60, 15)
    index.insert_many(made, 0)
    return made, index.query


def _datasketch(sets: list[list[str]]) -> tuple[Any, Callable[[Any], list[int]]]:
    import datasketch

    made = datasketch.MinHash.bulk([[w.encode() for w in words] for words in sets], num_perm=60)
    index = datasketch.MinHashLSH(params=(15, 4), num_perm=60)
    for i, one in enumerate(made):
        index.insert(i, one, check_duplication=False)
    return made, index.query
