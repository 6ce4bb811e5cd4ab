"""Off-policy comparison by name, on the served pages of a shop or on a log of single placements."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from baihuo.bundle import Bundle
from baihuo.connect import read_bandit_log
from baihuo.core import NotFound, Progress, Query, ShopPaths, Unsupported, no_progress
from baihuo.encode import Encoders
from baihuo.engine import Tables
from baihuo.evaluate import PolicyValue, log_values, logged_value
from baihuo.events import ServedLog
from baihuo.index import Generation, read_synonyms
from baihuo.monitor.placements import placements, seen_placements
from baihuo.monitor.policies import (
    LIVE,
    POLICIES,
    UNIFORM,
    PolicyReport,
    policy_report,
)
from baihuo.monitor.replayed_orders import replayed_orders, with_wanted
from baihuo.train import impressions

_MAX_PAGES = 50_000  # of the served log, newest first
_MAX_REPLAYED = 2_000  # pages replayed for a bundle: about 10 ms each


@dataclass(frozen=True, slots=True)
class ReplayedPolicy:
    """A bundle, and which of its orders serves each surface (``surfaces`` of ``shop.yaml``)."""

    bundle: Bundle
    order_switches: Mapping[str, str]


def compare_policies(
    tables: Tables,
    paths: ShopPaths,
    policies: Sequence[str],
    *,
    replayed: Mapping[str, ReplayedPolicy],
    attribution_minutes: int,
    surface: str | None = None,
    bound: float | None = None,
    progress: Progress = no_progress,
) -> PolicyReport:
    """Estimate what policies would have earned on the newest served pages.

    Args:
        paths: The shop: served pages, clean events (clicks count once they are checked), indexes.
        policies: Names of :data:`POLICIES` and of ``replayed``.
        replayed: By name; the policy is the bundle's order without exploration. It is evaluated only on pages
            served after the bundle was sealed, because older ones may be in its training data.
        attribution_minutes: An outcome counts for an impression within this time.
        surface: Only pages of this surface.
        bound: Largest weight of the clipped estimate; None: as the log suggests.

    Raises:
        NotFound: no page was served, none of its impressions was checked, or an index is gone.
    """
    events = paths.clean_events
    if not paths.served_log.exists():
        raise NotFound("no page was served yet", fix="run: baihuo serve")
    if not any(events.glob("*.parquet")):
        raise NotFound("no event was checked yet", fix="run: baihuo check")
    log = ServedLog(paths.served_log)
    try:
        placed = placements(p for batch in log.batches(newest=_MAX_PAGES) for p in batch)
    finally:
        log.close()
    with tempfile.TemporaryDirectory(prefix="baihuo-policies-") as folder:
        impressions_file = Path(folder) / "impressions.parquet"
        impressions(
            tables, events=events, out=impressions_file, attribution_minutes=attribution_minutes
        )
        rows = seen_placements(tables, placed, impressions_file, surface=surface)
    pages = [placed.queries[query_id] for query_id in rows.column("query_id").unique().to_pylist()]
    orders = {
        name: partial(
            with_wanted,
            orders=replayed_orders(
                tables,
                policy.bundle,
                _generation(paths, policy.bundle),
                _pages_after_training(policy.bundle, pages),
                order_switches=policy.order_switches,
                events=events,
                products=paths.clean_products,
                progress=progress,
            ),
        )
        for name, policy in replayed.items()
    }
    return policy_report(placed, rows, policies or tuple(POLICIES), orders=orders, bound=bound)


def _generation(paths: ShopPaths, bundle: Bundle) -> Generation:
    return Generation.open(
        paths.index / bundle.json("report.json")["index_id"],
        Encoders.open(bundle.folder("encoders"), verify=False),
        read_synonyms(paths.synonyms),
    )


def _pages_after_training(bundle: Bundle, pages: Sequence[Query]) -> list[Query]:
    """The newest pages that were served after the bundle was sealed."""
    sealed_at_us = (bundle.path / "manifest.json").stat().st_mtime_ns // 1_000
    newer = [query for query in pages if query.at_us > sealed_at_us]
    return sorted(newer, key=lambda query: query.at_us)[-_MAX_REPLAYED:]


def compare_log_policies(
    log: Path, policies: Sequence[str], *, bound: float | None = None
) -> PolicyReport:
    """Estimate policies on a log of single placements, in the format of the Open Bandit Dataset.

    Args:
        log: A CSV file, see :func:`baihuo.connect.read_bandit_log`.
        policies: ``live``, ``uniform``, or files: the log of another policy in the same format, whose observed clicks are reported, too, as
            "logged".
        bound: Largest weight of the clipped estimate; None: as the log suggests.
    """
    logged = read_bandit_log(log)
    values: list[PolicyValue] = []
    refused: dict[str, str] = {}
    for policy in policies or (LIVE, UNIFORM):
        is_file = policy not in (LIVE, UNIFORM)
        other_log = read_bandit_log(Path(policy)) if is_file else None
        try:
            values += log_values(
                logged.items,
                logged.positions,
                logged.clicks,
                logged.propensities,
                policy=policy,
                other=None if other_log is None else (other_log.items, other_log.positions),
                bound=bound,
            )
        except Unsupported as error:
            refused[policy] = f"{error.what}; {error.fix}"
        if other_log is not None:
            values.append(
                replace(logged_value("click", other_log.clicks, clusters=None), policy=policy)
            )
    return PolicyReport(
        values=tuple(values),
        n_pages=0,
        n_impressions=len(logged.clicks),
        left_out={},
        refused=refused,
    )
