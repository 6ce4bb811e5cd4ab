"""The check alone and the whole run of checks over products, timed and marked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.core.tables import EVENTS
from baihuo.engine import DuckTables
from baihuo.quality import QualityRules, clean, registry
from baihuo.quality.checks.near_duplicates import checks as near_duplicates
from baihuo.quality.checks.near_duplicates import listing_search, minhash
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import CheckContext
from suites.near_duplicates.marking import mark, mark_candidates, near_findings
from suites.near_duplicates.watch import Watch
from suites.shared.measure import Clock, emit, peak_mb

LIMITS = {"wall_s": 600, "peak_mb": 6 * 1024}  # for a million listings

NOW_US = 1_760_000_000_000_000


def measure_step(folder: Path, *, memory_mb: int) -> None:
    """The step alone over raw rows: its cost, then its findings and its candidates beside the truth."""
    work = folder / "step"
    work.mkdir()
    tables = DuckTables(memory_mb=memory_mb, spill_dir=work / "spill")
    watch = Watch()
    proposed: list[int] = []  # how many pairs of each language
    search = listing_search.ListingSearch

    def candidate_pairs(words: Any, starts: Any, **kwargs: Any) -> Any:
        pairs = minhash.candidate_pairs(words, starts, **kwargs)
        np.save(work / f"candidates{len(proposed)}.npy", pairs)
        np.save(work / f"words{len(proposed)}.npy", words)
        np.save(work / f"starts{len(proposed)}.npy", starts)
        proposed.append(len(pairs))
        return pairs

    # Where the product calls it: its candidates are kept, to be compared with brute force.
    listing_search.candidate_pairs = candidate_pairs  # type: ignore[attr-defined]
    watch.replace(search, "__init__", "titles to words")
    watch.replace(listing_search, "candidate_pairs", "candidates")
    watch.replace(search, "_compare_titles", "titles compared")
    watch.replace(listing_search, "write_candidate_listings", "candidate listings")
    watch.replace(listing_search, "classify_pairs", "classified")
    watch.replace(near_duplicates, "_merged", "clusters")
    context = CheckContext(
        now_us=NOW_US,
        tolerance_ms=2_000,
        raw_events=EVENTS.empty_table(),
        raw_products=folder / "products.parquet",
        out=work,
    )
    with Clock() as clock:
        store = FindingsStore(tables, "products", folder / "products.parquet", work)
        found = near_duplicates.find(store, QualityRules().section(near_duplicates.STEP), context)
        store.record("near_duplicates", found.selects, **found.inputs)
        near_duplicates.write_merged(store)
    n = store.n_in
    emit(
        system="step",
        n=n,
        wall_s=clock.wall_s,
        cpu_s=clock.cpu_s,
        peak_mb=peak_mb(),
        n_candidates=sum(proposed),
        parts=watch.report(),
        **_limits_met(n, clock),
    )
    near = found.inputs["near_duplicates"]
    assert isinstance(near, pa.Table)
    mark("step", n, near.to_pylist(), folder)
    for i, language in enumerate(listing_search.LANGUAGES):
        words, starts = (np.load(work / f"{part}{i}.npy") for part in ("words", "starts"))
        pairs = np.load(work / f"candidates{i}.npy", mmap_mode="r")
        mark_candidates("step", n, language, words, starts, pairs)


def measure_clean(folder: Path, *, memory_mb: int) -> None:
    """All checks over products alone: each step's share of time, and where memory peaked."""
    out = folder / "clean"
    tables = DuckTables(memory_mb=memory_mb, spill_dir=folder / "spill")
    watch = Watch()
    for table, steps in registry.STEPS_BY_TABLE.items():
        registry.STEPS_BY_TABLE[table] = tuple(
            replace(s, detectors=tuple(watch.timed(f, s.name) for f in s.detectors)) for s in steps
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
    emit(
        system="clean",
        n=n,
        wall_s=clock.wall_s,
        cpu_s=clock.cpu_s,
        peak_mb=peak_mb(),
        parts=watch.report(),
        **_limits_met(n, clock),
    )
    rows = pq.read_table(out / "findings.parquet").to_pylist()
    mark("clean", n, list(near_findings(rows)), folder)


def _limits_met(n: int, clock: Clock) -> dict[str, bool]:
    if n < 10**6:
        return {}
    return {
        "wall_s_met": clock.wall_s < LIMITS["wall_s"],
        "peak_mb_met": peak_mb() < LIMITS["peak_mb"],
    }
