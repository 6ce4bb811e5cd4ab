"""Policies by name, compared on a shop's own served pages or on a log of single placements."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from baihuo.bundle import Bundle
from baihuo.connect import read_bandit_log
from baihuo.core import NotFound, Query, Unsupported
from baihuo.core.progress import Progress, silent
from baihuo.encode import Encoders
from baihuo.engine import Tables
from baihuo.evaluate import PolicyValue, log_values, logged_value
from baihuo.events import ServedLog
from baihuo.index import Generation
from baihuo.monitor.policies import (
    LIVE,
    POLICIES,
    UNIFORM,
    PolicyReport,
    placements,
    policy_report,
    seen_placements,
)
from baihuo.monitor.replayed_orders import replayed_orders, with_wanted
from baihuo.train import impressions

_MOST_PAGES = 50_000  # of the served log, newest first
_MOST_REPLAYED = 2_000  # pages that a bundle is asked again: some 10 ms each


def compare_policies(
    tables: Tables,
    policies: Sequence[str],
    *,
    served_log: Path,
    events: Path,
    products: Path,
    bundles: Mapping[str, Bundle],
    indexes: Path,
    attribution_minutes: int,
    surface: str | None = None,
    progress: Progress = silent,
) -> PolicyReport:
    """What policies would have earned on the newest served pages.

    Args:
        policies: Names of :data:`POLICIES` and of ``bundles``.
        events, products: Clean ones; clicks on pages count once they are checked.
        bundles: Each asks what its own order would have earned. It is asked only of pages served
            after it was sealed: what it learned from may not judge it.
        indexes: ``6-index``, where the generations of the bundles are.
        surface: Only this one.

    Raises:
        NotFound: no page was served, none of its impressions was checked, or an index is gone.
    """
    if not served_log.exists():
        raise NotFound("no page was served yet", fix="run: baihuo serve")
    if not any(events.glob("*.parquet")):
        raise NotFound("no event was checked yet", fix="run: baihuo check")
    log = ServedLog(served_log)
    try:
        placed = placements(p for batch in log.batches(newest=_MOST_PAGES) for p in batch)
    finally:
        log.close()
    with tempfile.TemporaryDirectory(prefix="baihuo-policies-") as folder:
        seen = Path(folder) / "impressions.parquet"
        impressions(tables, events=events, out=seen, attribution_minutes=attribution_minutes)
        rows = seen_placements(tables, placed, seen, surface=surface)
    pages = [placed.queries[query_id] for query_id in rows.column("query_id").unique().to_pylist()]
    orders = {
        name: partial(
            with_wanted,
            orders=replayed_orders(
                tables,
                bundle,
                Generation.open(
                    indexes / bundle.json("report.json")["index_id"],
                    Encoders.open(bundle.folder("encoders")),
                ),
                _unseen(bundle, pages),
                events=events,
                products=products,
                progress=progress,
            ),
        )
        for name, bundle in bundles.items()
    }
    return policy_report(placed, rows, policies or tuple(POLICIES), orders=orders)


def _unseen(bundle: Bundle, pages: Sequence[Query]) -> list[Query]:
    """The newest pages that are younger than the bundle."""
    sealed_at_us = (bundle.path / "manifest.json").stat().st_mtime_ns // 1_000
    younger = [query for query in pages if query.at_us > sealed_at_us]
    return sorted(younger, key=lambda query: query.at_us)[-_MOST_REPLAYED:]


def compare_log_policies(log: Path, policies: Sequence[str]) -> PolicyReport:
    """The same of a log of single placements, in the format of the Open Bandit Dataset.

    Args:
        log: A CSV file, see :func:`baihuo.connect.read_bandit_log`.
        policies: ``live``, ``uniform``, or files: another policy's log in the same format, whose
            own clicks are reported beside the estimate, as "logged".
    """
    ours = read_bandit_log(log)
    values: list[PolicyValue] = []
    refused: dict[str, str] = {}
    for policy in policies or (LIVE, UNIFORM):
        is_file = policy not in (LIVE, UNIFORM)
        theirs = read_bandit_log(Path(policy)) if is_file else None
        try:
            values += log_values(
                ours.items,
                ours.positions,
                ours.clicks,
                ours.propensities,
                policy=policy,
                other=None if theirs is None else (theirs.items, theirs.positions),
            )
        except Unsupported as why:
            refused[policy] = f"{why.what}; {why.fix}"
        if theirs is not None:
            values.append(
                replace(logged_value("click", theirs.clicks, clusters=None), policy=policy)
            )
    return PolicyReport(
        values=tuple(values),
        n_pages=0,
        n_impressions=len(ours.clicks),
        left_out={},
        refused=refused,
    )
