"""Listings of one product under several ids, found among a million: time, memory, recall and precision.

    python bench/near_duplicates.py                                       # 100,000 and 1,000,000 simulated
    python bench/near_duplicates.py --data ../shared/data/icecat          # half of them of real titles

Each line is a process of its own. ``step`` runs what ``quality`` runs for the check; ``clean`` the whole line
over products alone. A pair counts as found where it is merged into one listing or told as likely. Recall of
``candidates`` is against exact Jaccard similarity of sampled titles with all others; libraries get the same
sets of words, and only have to propose pairs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from suites.shared.measure import Clock, emit, peak_mb

BARS = {"wall_s": 600, "peak_mb": 6 * 1024}  # of a million listings
SAMPLE = 2_000  # titles whose true neighbours are looked for one by one
LIBRARIES = ("rensa", "datasketch")
LONGEST_S = 900  # that a library may be asked for pairs
NOW_US = 1_760_000_000_000_000


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ask.add_argument("--n", default="100000,1000000", help="sizes, with commas")
    ask.add_argument("--seed", type=int, default=7)
    ask.add_argument("--data", type=Path, nargs="*", default=[], help="files with real titles")
    ask.add_argument("--memory-mb", type=int, default=2048, help="what tables may take")
    ask.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    ask.add_argument("--slowest", type=int, default=100_000, help="most titles for datasketch")
    ask.add_argument("--only", help="of step, clean, rensa, datasketch; with commas")
    ask.add_argument("--one", help=argparse.SUPPRESS)
    given = ask.parse_args()
    if given.one:
        ONE[given.one](given.folder, given)
        return
    for n in (int(float(size)) for size in given.n.split(",")):
        with tempfile.TemporaryDirectory(prefix="near-", dir=given.folder) as name:
            _child("make", Path(name), given, n)
            for what in given.only.split(",") if given.only else ("step", "clean", *LIBRARIES):
                if what == "datasketch" and n > given.slowest:
                    emit(system=what, n=n, not_run=f"asked for at most {given.slowest:,} titles")
                    continue
                print(f"{n:,} listings: {what}", file=sys.stderr)
                _child(what, Path(name), given, n)


def _child(what: str, folder: Path, given: argparse.Namespace, n: int) -> None:
    command = [sys.executable, __file__, "--one", what, "--folder", str(folder), "--n", str(n)]
    command += ["--seed", str(given.seed), "--memory-mb", str(given.memory_mb)]
    if given.data:
        command += ["--data", *map(str, given.data)]
    subprocess.run(command, check=True)


def _make(folder: Path, given: argparse.Namespace) -> None:
    from suites.near_duplicates.catalogue import make

    make(folder, n=int(given.n), seed=given.seed, data=given.data)


class Watch:
    """Seconds and peak memory of parts of a run, by wrapping functions where they are called."""

    def __init__(self) -> None:
        self.wall_s: dict[str, float] = {}
        self.peak_mb: dict[str, int] = {}

    def over(self, owner: Any, name: str, called: str) -> None:
        inner: Callable[..., Any] = getattr(owner, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return inner(*args, **kwargs)
            finally:
                self.wall_s[called] = self.wall_s.get(called, 0) + time.perf_counter() - start
                self.peak_mb[called] = peak_mb()

        setattr(owner, name, timed)

    def told(self) -> dict[str, str]:
        return {n: f"{s:.1f} s, {self.peak_mb[n]} MB" for n, s in self.wall_s.items()}


def _step(folder: Path, given: argparse.Namespace) -> None:
    """The step alone, over raw rows, through a ledger; then marked, and its candidates too."""
    from baihuo.engine import DuckTables
    from baihuo.quality import QualityRules
    from baihuo.quality.checks.near_duplicates import checks as near_duplicates
    from baihuo.quality.checks.near_duplicates import listing_search
    from baihuo.quality.engine.findings import FindingsStore
    from baihuo.quality.spec import CheckContext

    work = folder / "step"
    work.mkdir()
    tables = DuckTables(memory_mb=given.memory_mb, spill_dir=work / "spill")
    watch, proposed = Watch(), []
    search = listing_search.ListingSearch
    inner = listing_search.candidate_pairs

    def candidate_pairs(words: Any, starts: Any, **kwargs: Any) -> Any:
        pairs = inner(words, starts, **kwargs)
        np.save(work / f"candidates{len(proposed)}.npy", pairs)
        np.save(work / f"words{len(proposed)}.npy", words)
        np.save(work / f"starts{len(proposed)}.npy", starts)
        proposed.append(len(pairs))
        return pairs

    listing_search.candidate_pairs = candidate_pairs
    watch.over(search, "__init__", "titles to words")
    watch.over(listing_search, "candidate_pairs", "candidates")
    watch.over(search, "_compared", "titles compared")
    watch.over(listing_search, "write_suspects", "suspects")
    watch.over(listing_search, "judged", "judged")
    watch.over(near_duplicates, "_merged", "clusters")
    with Clock() as clock:
        ledger = FindingsStore(tables, "products", folder / "products.parquet", work)
        found = near_duplicates.find(
            ledger, QualityRules().near_duplicates, _nothing_else(CheckContext, folder, work)
        )
        ledger.record("near_duplicates", found.selects, **found.inputs)
        near_duplicates.write_merged(ledger)
    n = ledger.n_in
    bars = {
        f"{k}_met": v < b for (k, b), v in zip(BARS.items(), (clock.wall_s, peak_mb()), strict=True)
    }
    emit(
        system="step",
        n=n,
        wall_s=clock.wall_s,
        cpu_s=clock.cpu_s,
        peak_mb=peak_mb(),
        n_candidates=sum(proposed),
        parts=watch.told(),
        **(bars if n >= 10**6 else {}),
    )
    near = found.inputs["near"]
    assert isinstance(near, pa.Table)
    _mark("step", n, near.to_pylist(), folder)
    for i, language in enumerate(listing_search.LANGUAGES):
        words, starts = (np.load(work / f"{part}{i}.npy") for part in ("words", "starts"))
        pairs = np.load(work / f"candidates{i}.npy", mmap_mode="r")
        _mark_candidates("step", n, language, words, starts, pairs)


def _nothing_else(kind: Any, folder: Path, work: Path) -> Any:
    from baihuo.core.tables import EVENTS

    return kind(
        now_us=NOW_US,
        tolerance_ms=2_000,
        raw_events=EVENTS.empty_table(),
        raw_products=folder / "products.parquet",
        out=work,
    )


def _clean(folder: Path, given: argparse.Namespace) -> None:
    """The whole line over products alone, each step's share of time and where memory peaked."""
    from dataclasses import replace

    from baihuo.engine import DuckTables
    from baihuo.quality import QualityRules, clean, registry

    out = folder / "clean"
    tables = DuckTables(memory_mb=given.memory_mb, spill_dir=folder / "spill")
    watch = Watch()
    for name, its in registry.OF.items():
        registry.OF[name] = tuple(
            replace(s, detectors=tuple(_timed(watch, s.name, f) for f in s.detectors)) for s in its
        )
    with Clock() as clock:
        report = clean(
            tables,
            events=[],
            products=[folder / "products.parquet"],
            out=out,
            rules=QualityRules(min_events=0),
            now_us=NOW_US,
        )
    n = report.steps[0].n_in
    bars = {
        f"{k}_met": v < b for (k, b), v in zip(BARS.items(), (clock.wall_s, peak_mb()), strict=True)
    }
    emit(
        system="clean",
        n=n,
        wall_s=clock.wall_s,
        cpu_s=clock.cpu_s,
        peak_mb=peak_mb(),
        parts=watch.told(),
        **(bars if n >= 10**6 else {}),
    )
    rows = pq.read_table(out / "findings.parquet").to_pylist()
    _mark("clean", n, list(_near(rows)), folder)


def _timed(watch: Watch, name: str, find: Any) -> Any:
    class Holder:
        pass

    Holder.find = staticmethod(find)  # type: ignore[attr-defined]
    watch.over(Holder, "find", name)
    return Holder.find  # type: ignore[attr-defined]


def _near(findings: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in findings:
        if row["check"] in ("near_duplicate", "likely_duplicate"):
            said = json.loads(row["detail"])
            yield {
                "rule": row["check"],
                "line": int(row["row_id"].split(":")[1]),
                "kept": said.get("kept") or said["row"],
            }


def _mark(system: str, n: int, found: list[dict[str, Any]], folder: Path) -> None:
    """Merges and likely pairs beside the truth, by the way in which a listing was written again."""
    truth = pq.read_table(folder / "truth.parquet")
    product, kind = truth["product"].to_numpy(), np.array(truth["kind"].to_pylist())
    other = {row["line"]: int(row["kept"].split(":")[1]) for row in found}
    merged = {row["line"] for row in found if row["rule"] == "near_duplicate"}
    is_right = {a: product[a - 1] == product[b - 1] for a, b in other.items()}
    right_merges = sum(is_right[line] for line in merged)
    likely = other.keys() - merged
    emit(
        system=system,
        n=n,
        n_merged=len(merged),
        merge_precision=right_merges / max(1, len(merged)),
        n_likely=len(likely),
        likely_precision=sum(is_right[line] for line in likely) / max(1, len(likely)),
    )
    root = {line: other[line] for line in merged}

    def stays(line: int) -> int:
        return root.get(line, line)

    first: dict[int, int] = {}
    again = []
    for line, (of, how) in enumerate(zip(product.tolist(), kind.tolist(), strict=True), start=1):
        if how.startswith("listed again"):
            again.append((line, of, how))
        else:
            first[of] = line
    for how in sorted({how for *_, how in again}):
        pairs = [(line, first[of]) for line, of, name in again if name == how]
        n_merged = sum(stays(a) == stays(b) for a, b in pairs)
        n_found = sum(
            stays(a) == stays(b)
            or stays(other.get(a, 0)) == stays(b)
            or stays(other.get(b, 0)) == stays(a)
            for a, b in pairs
        )
        emit(
            system=system,
            n=n,
            kind=how,
            n_planted=len(pairs),
            merge_recall=n_merged / len(pairs),
            pair_recall=n_found / len(pairs),
        )
    for how in ("the next model", "another colour", "another size"):
        lines = (np.flatnonzero(kind == how) + 1).tolist()
        wrong = sum(line in merged and not is_right[line] for line in lines)
        emit(
            system=system,
            n=n,
            kind=how,
            n_planted=len(lines),
            wrongly_merged=wrong / max(1, len(lines)),
        )


def _mark_candidates(
    system: str, n: int, language: str, words: Any, starts: Any, pairs: Any, **more: Any
) -> None:
    """Recall of proposed pairs against brute force: sampled titles compared with every other title."""
    sample = _sampled(starts)
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
    said = {}
    for name, some in (
        ("0.6, equal marks", is_marked & (similarity >= 0.6)),
        ("0.7, marks of one are in the other", is_within & (similarity >= 0.7)),
        ("0.7, whatever marks", similarity >= 0.7),
    ):
        said[name] = f"{has[some].mean():.4f} of {int(some.sum())}" if some.any() else "none"
    counted = {} if more else {"n_pairs": len(pairs)}
    emit(system=system, n=n, language=language, candidate_recall=said, **counted, **more)


def _sampled(starts: Any) -> Any:
    filled = np.flatnonzero(np.diff(starts))
    return np.random.default_rng(1).permutation(filled)[:SAMPLE]


def neighbours(words: Any, starts: Any, sample: Any) -> tuple[Any, ...]:
    """Every title at least 0.6 like a sampled one: key of the pair, similarity, whether marks are equal,
    and whether those of one are all in the other."""
    from baihuo.quality.checks.near_duplicates.title_words import MARK

    kinds, kind = np.unique(words, return_inverse=True)
    n_words = np.diff(starts)
    title = np.repeat(np.arange(len(n_words)), n_words)
    order = np.argsort(kind, kind="stable")
    having, ends = title[order], np.cumsum(np.bincount(kind))
    marks = (kinds & MARK) > 0
    keys, alike, equal, within = [], [], [], []
    for a in sample.tolist():
        its = kind[starts[a] : starts[a + 1]]
        lists = [having[ends[k] - (ends[k] - (ends[k - 1] if k else 0)) : ends[k]] for k in its]
        n_shared = np.bincount(np.concatenate(lists), minlength=len(n_words))
        similarity = n_shared / (n_words[a] + n_words - n_shared)
        near = np.flatnonzero(similarity >= 0.6)
        near = near[near != a]
        mine = set(its[marks[its]].tolist())
        for b in near.tolist():
            theirs = kind[starts[b] : starts[b + 1]]
            other = set(theirs[marks[theirs]].tolist())
            equal.append(mine == other)
            within.append(mine <= other or other <= mine)
            keys.append(min(a, b) << 32 | max(a, b))
            alike.append(similarity[b])
    _, first = np.unique(np.array(keys, np.int64), return_index=True)
    return tuple(np.array(told)[first] for told in (keys, alike, equal, within))


def _english(folder: Path, given: argparse.Namespace) -> tuple[Any, Any, list[list[str]]]:
    """The English titles as ``quality`` reads them, for the libraries: sets of words, as text."""
    from baihuo.engine import DuckTables
    from baihuo.quality import QualityRules
    from baihuo.quality.checks.near_duplicates import checks as near_duplicates
    from baihuo.quality.checks.near_duplicates.title_words import TitleWords, flat
    from baihuo.quality.engine.findings import FindingsStore

    work = folder / "peer"
    work.mkdir(exist_ok=True)
    ledger = FindingsStore(
        DuckTables(memory_mb=given.memory_mb), "products", folder / "products.parquet", work
    )
    titles = work / "titles.parquet"
    ledger.tables.sql(
        near_duplicates._TITLES.format(rows=ledger.rows(*near_duplicates._READ)),
        out=titles,
        **ledger.inputs(),
    )
    limits = QualityRules().near_duplicates
    maker = TitleWords(limits.says_nothing, limits.tells_apart)
    parts = [maker(b["en"].to_pylist()) for b in pq.ParquetFile(titles).iter_batches()]
    words, starts = flat(pa.chunked_array(parts))
    text = [f"{w:x}" for w in words.tolist()]
    return words, starts, [text[a:b] for a, b in pairwise(starts)]


def _library(name: str, folder: Path, given: argparse.Namespace) -> None:
    """A library with as many hashes and bands as ours have among titles of whatever marks: 15 bands of 4.
    Of its pairs only those of sampled titles are kept; all are counted."""
    try:
        __import__(name)
    except ImportError:
        emit(system=name, n=int(given.n), not_run=f"not installed: pip install {name}")
        return
    words, starts, sets = _english(folder, given)
    filled = np.flatnonzero(np.diff(starts))
    wanted = set(_sampled(starts).tolist())
    some = [sets[i] for i in filled.tolist()]
    before = peak_mb()
    n_pairs = n_asked = 0
    kept: list[tuple[int, int]] = []
    with Clock() as clock:
        made, query = (_rensa if name == "rensa" else _datasketch)(some)
        until = time.perf_counter() + LONGEST_S
        for a, one in zip(filled.tolist(), made, strict=True):
            near = query(one)
            n_pairs += len(near) - 1
            if a in wanted:
                kept += [(a, int(filled[b])) for b in near if filled[b] != a]
            n_asked += 1
            if n_asked % 1000 == 0 and time.perf_counter() > until:
                break
    if n_asked < len(filled):
        emit(
            system=name,
            n=len(sets),
            wall_s=clock.wall_s,
            cpu_s=clock.cpu_s,
            peak_mb=peak_mb(),
            not_run=f"stopped: {n_asked:,} of {len(filled):,} titles asked about in {LONGEST_S} s, {n_pairs:,} pairs",
        )
        return
    _mark_candidates(
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

    made = datasketch.MinHash.bulk([[w.encode() for w in its] for its in sets], num_perm=60)
    index = datasketch.MinHashLSH(params=(15, 4), num_perm=60)
    for i, one in enumerate(made):
        index.insert(i, one, check_duplication=False)
    return made, index.query


ONE: dict[str, Callable[[Path, argparse.Namespace], None]] = {
    "make": _make,
    "step": _step,
    "clean": _clean,
    **{name: partial(_library, name) for name in LIBRARIES},
}


if __name__ == "__main__":
    main()
