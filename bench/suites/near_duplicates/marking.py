"""Found pairs and proposed pairs beside the truth: precision, recall by kind of copy, and candidates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from baihuo.quality.checks.near_duplicates.title_words import MARK
from suites.shared.measure import emit

SAMPLE = 2_000  # titles whose true neighbours are found by brute force


def near_findings(findings: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The findings of the check among all: rule, line, and the row that is kept."""
    for row in findings:
        if row["check"] in ("near_duplicate", "likely_duplicate"):
            detail = json.loads(row["detail"])
            yield {
                "rule": row["check"],
                "line": int(row["row_id"].split(":")[1]),
                "kept": detail.get("kept") or detail["row"],
            }


def mark(system: str, n: int, found: list[dict[str, Any]], folder: Path) -> None:
    """Merges and likely pairs beside the truth, by kind of copy."""
    truth = pq.read_table(folder / "truth.parquet")
    product, kind = truth["product"].to_numpy(), np.array(truth["kind"].to_pylist())
    other = {row["line"]: int(row["kept"].split(":")[1]) for row in found}
    merged = {row["line"] for row in found if row["rule"] == "near_duplicate"}
    likely = other.keys() - merged
    is_right = {a: bool(product[a - 1] == product[b - 1]) for a, b in other.items()}
    emit(
        system=system,
        n=n,
        n_merged=len(merged),
        merge_precision=sum(is_right[line] for line in merged) / max(1, len(merged)),
        n_likely=len(likely),
        likely_precision=sum(is_right[line] for line in likely) / max(1, len(likely)),
    )
    for name, pairs in _copies(product.tolist(), kind.tolist()).items():
        emit(system=system, n=n, kind=name, **_recall(pairs, other, merged))
    for name in ("the next model", "another colour", "another size"):
        lines = (np.flatnonzero(kind == name) + 1).tolist()
        n_wrong = sum(line in merged and not is_right[line] for line in lines)
        emit(
            system=system,
            n=n,
            kind=name,
            n_planted=len(lines),
            wrongly_merged=n_wrong / max(1, len(lines)),
        )


def _copies(product: list[int], kind: list[str]) -> dict[str, list[tuple[int, int]]]:
    """Kind of copy → (line of the copy, line of the listing it is a copy of)."""
    original: dict[int, int] = {}
    copies: dict[str, list[tuple[int, int]]] = {}
    for line, (number, name) in enumerate(zip(product, kind, strict=True), start=1):
        if not name.startswith("listed again"):
            original[number] = line
    for line, (number, name) in enumerate(zip(product, kind, strict=True), start=1):
        if name.startswith("listed again"):
            copies.setdefault(name, []).append((line, original[number]))
    return dict(sorted(copies.items()))


def _recall(
    pairs: list[tuple[int, int]], other: dict[int, int], merged: set[int]
) -> dict[str, float]:
    """The share of copies merged into one listing, and of those merged or noted as likely."""

    def kept(line: int) -> int:
        return other[line] if line in merged else line

    n_merged = sum(kept(a) == kept(b) for a, b in pairs)
    n_found = sum(
        kept(a) == kept(b) or kept(other.get(a, 0)) == kept(b) or kept(other.get(b, 0)) == kept(a)
        for a, b in pairs
    )
    return {
        "n_planted": len(pairs),
        "merge_recall": n_merged / len(pairs),
        "pair_recall": n_found / len(pairs),
    }


def mark_candidates(
    system: str, n: int, language: str, words: Any, starts: Any, pairs: Any, **more: Any
) -> None:
    """Recall of proposed pairs against brute force: sampled titles compared with every other title."""
    sample = sampled(starts)
    if not len(sample):
        return
    is_sample = np.zeros(len(starts) - 1, bool)
    is_sample[sample] = True
    keys = []
    for first in range(0, len(pairs), 2_000_000):
        some = np.asarray(pairs[first : first + 2_000_000])
        some = some[is_sample[some[:, 0]] | is_sample[some[:, 1]]]
        keys.append(some.min(axis=1) << 32 | some.max(axis=1))
    got = np.unique(np.concatenate(keys)) if keys else np.empty(0, np.int64)
    true, similarity, is_marked, is_within = neighbours(words, starts, sample)
    has = np.isin(true, got)
    recall = {}
    for name, some in (
        ("0.6, equal marks", is_marked & (similarity >= 0.6)),
        ("0.7, marks of one are in the other", is_within & (similarity >= 0.7)),
        ("0.7, whatever marks", similarity >= 0.7),
    ):
        recall[name] = f"{has[some].mean():.4f} of {int(some.sum())}" if some.any() else "none"
    counted = {} if more else {"n_pairs": len(pairs)}
    emit(system=system, n=n, language=language, candidate_recall=recall, **counted, **more)


def sampled(starts: Any) -> Any:
    filled = np.flatnonzero(np.diff(starts))
    return np.random.default_rng(1).permutation(filled)[:SAMPLE]


def neighbours(words: Any, starts: Any, sample: Any) -> tuple[Any, ...]:
    """Every title at least 0.6 like a sampled one.

    Returns:
        A value for each pair: its key, the Jaccard similarity, whether the marks are equal, and
        whether the marks of one are all in the other.
    """
    kinds, kind = np.unique(words, return_inverse=True)
    n_words = np.diff(starts)
    title = np.repeat(np.arange(len(n_words)), n_words)
    order = np.argsort(kind, kind="stable")
    having, ends = title[order], np.cumsum(np.bincount(kind))
    marks = (kinds & MARK) > 0
    keys, alike, equal, within = [], [], [], []
    for a in sample.tolist():
        own = kind[starts[a] : starts[a + 1]]
        lists = [having[ends[k - 1] if k else 0 : ends[k]] for k in own]
        n_shared = np.bincount(np.concatenate(lists), minlength=len(n_words))
        similarity = n_shared / (n_words[a] + n_words - n_shared)
        near = np.flatnonzero(similarity >= 0.6)
        near = near[near != a]
        mine = set(own[marks[own]].tolist())
        for b in near.tolist():
            theirs = kind[starts[b] : starts[b + 1]]
            other = set(theirs[marks[theirs]].tolist())
            equal.append(mine == other)
            within.append(mine <= other or other <= mine)
            keys.append(min(a, b) << 32 | max(a, b))
            alike.append(similarity[b])
    _, first = np.unique(np.array(keys, np.int64), return_index=True)
    return tuple(np.array(values)[first] for values in (keys, alike, equal, within))
