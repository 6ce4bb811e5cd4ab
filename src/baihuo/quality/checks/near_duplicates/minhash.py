"""Pairs of sets that are probably similar, without comparing all with all.

Source: Broder (1997); banding after Indyk and Motwani (1998). In numpy: on titles of a dozen words this
is as quick as the libraries (docs/decisions/0007), and band after band keeps little in memory.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.quality.checks.near_duplicates.title_words import MARK

N_HASHES = 60
STRICT = (
    3  # hashes a band, among titles with the same marks: finds 99% of pairs with similarity 0.6
)
LOOSE = 4  # hashes a band, whatever the marks: finds 98% of pairs with similarity 0.7
_BATCH_TITLES = 50_000
_U32 = np.uint64(32)


def candidate_pairs(
    words: NDArray[np.uint64], starts: NDArray[np.int64], *, n_near: int, work: Path
) -> NDArray[np.int64]:
    """``[pairs, 2]`` numbers of sets, the lower first, in ascending order, each pair once.

    Sets that share a band are paired with the ``n_near`` next to them in that band only, and sets that
    also share another band lie next to each other: a band shared by thousands costs no more than its
    length. So every pair that :data:`STRICT` and :data:`LOOSE` promise is found, unless more than
    ``n_near`` sets are similar: of a hundred equal ones each is paired with some, not with all.

    Args:
        words: All sets concatenated, each ascending, as :class:`~baihuo.quality.checks.near_duplicates.title_words.TitleWords` makes them.
        starts: ``[sets + 1]``, where each starts. Empty sets have no pairs.
        n_near: How many neighbours in a band are paired, 1 or more.
        work: A folder for the bands: they are on disk, one at a time is in memory.
    """
    filled = np.flatnonzero(np.diff(starts))
    if len(filled) < 2:
        return np.empty((0, 2), np.int64)
    path = work / "bands.npy"
    n_bands = N_HASHES // STRICT + N_HASHES // LOOSE
    bands = np.lib.format.open_memmap(path, "w+", np.uint64, (n_bands, len(filled)))
    marks = _marks_key(words, starts)[filled]
    for first in range(0, len(filled), _BATCH_TITLES):
        batch = filled[first : first + _BATCH_TITLES]
        bands[:, first : first + len(batch)] = _bands(
            words, starts, batch, marks[first : first + _BATCH_TITLES]
        )
    seen: list[NDArray[np.uint64]] = []
    for at, band in enumerate(bands):
        # sets that share the band before too lie together: the most similar of a large group
        order = np.argsort(bands[at - 1], kind="stable")
        seen.append(_neighbours(np.asarray(band), order, n_near))
        if len(seen) == 8:
            seen = [distinct(np.concatenate(seen))]
    del bands, band
    path.unlink()
    pairs = distinct(np.concatenate(seen))
    return filled[np.stack([pairs >> _U32, pairs & np.uint64(0xFFFFFFFF)], axis=1).astype(np.int64)]


def signatures(words: NDArray[np.uint64], starts: NDArray[np.int64]) -> NDArray[np.uint32]:
    """``[N_HASHES, sets]``: how many of two columns' numbers agree estimates their Jaccard similarity.

    No set may be empty; ``starts`` has one entry a set, without the end.
    """
    rng = np.random.default_rng(20_240_607)
    times = rng.integers(1, 2**63, N_HASHES, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    plus = rng.integers(0, 2**63, N_HASHES, dtype=np.uint64)
    return np.stack(
        [
            np.minimum.reduceat(((words * a + b) >> _U32).astype(np.uint32), starts)
            for a, b in zip(times, plus, strict=True)
        ]
    )


def _bands(
    words: NDArray[np.uint64],
    starts: NDArray[np.int64],
    sets: NDArray[np.int64],
    marks: NDArray[np.uint64],
) -> NDArray[np.uint64]:
    """``[bands, sets]``: the strict ones, whose hash includes the marks, then the loose."""
    n_words = starts[sets + 1] - starts[sets]
    firsts = np.cumsum(n_words) - n_words
    at = np.arange(n_words.sum()) + np.repeat(starts[sets] - firsts, n_words)
    hashes = signatures(words[at], firsts).astype(np.uint64)
    strict = [mixed(*hashes[i : i + STRICT], marks) for i in range(0, N_HASHES, STRICT)]
    loose = [mixed(*hashes[i : i + LOOSE]) for i in range(0, N_HASHES, LOOSE)]
    return np.stack([*strict, *loose])


def _marks_key(words: NDArray[np.uint64], starts: NDArray[np.int64]) -> NDArray[np.uint64]:
    """``[sets]``: equal for sets whose marks are equal."""
    mark_hash = np.where(words & MARK, mixed(words), np.uint64(0))
    cumulative = np.concatenate((np.zeros(1, np.uint64), np.cumsum(mark_hash, dtype=np.uint64)))
    key: NDArray[np.uint64] = cumulative[starts[1:]] - cumulative[starts[:-1]]
    return key


def _neighbours(
    band: NDArray[np.uint64], order: NDArray[np.int64], n_near: int
) -> NDArray[np.uint64]:
    """Pairs at most ``n_near`` apart in their band, lower << 32 | higher."""
    by_key = order[np.argsort(band[order], kind="stable")]
    key, pairs = band[by_key], []
    for step in range(1, min(n_near, len(by_key) - 1) + 1):
        at = np.flatnonzero(key[step:] == key[:-step])
        if not len(at):
            break
        a, b = by_key[at].astype(np.uint64), by_key[at + step].astype(np.uint64)
        pairs.append((np.minimum(a, b) << _U32) | np.maximum(a, b))
    return np.concatenate(pairs) if pairs else np.empty(0, np.uint64)


def distinct(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Each number once, ascending. Sorts: ``np.unique`` hashes, and took 20 times as long here."""
    ordered = np.sort(numbers)
    is_new = np.ones(len(ordered), bool)
    is_new[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_new]


def mixed(*columns: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One hash of several numbers (the finalizer of SplitMix64, Steele and others, 2014)."""
    key = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        key = (key ^ column) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x632BE59BD9B4E019)
        key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        key ^= key >> np.uint64(27)
    return key
