"""Served pages of the live bundle, compared with the SQL twice: with what serving knew, and with what
the checks left of it.

The first must find the same numbers: a difference is a defect. The second is what training will
see: a bot that counted until a check took it out differs there, and is nobody's mistake.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pyarrow.compute as pc

from baihuo.bundle import Bundle, LiveBundles
from baihuo.connect import imports
from baihuo.core.progress import Progress, silent
from baihuo.engine import Tables, column_max
from baihuo.events import ServedLog, peek_log
from baihuo.features import FeatureSet
from baihuo.monitor.skew import SkewReport, skew
from baihuo.monitor.skew_file import ServedSkew

_NEWEST_PAGES = 1_000
_MOST_ROWS = 20_000

_CHECKED = "SELECT * FROM checked WHERE received_at_us < {since_us} AND import_id <= {last_import}"
_LIVE = "SELECT * FROM live WHERE received_at_us >= {since_us}"


def measure_served_skew(
    tables: Tables,
    live: LiveBundles,
    bundle: Bundle,
    *,
    raw: Path,
    log: Path,
    served_log: Path,
    events: Path,
    products: Path,
    at_us: int,
    progress: Progress = silent,
) -> ServedSkew:
    """Compare the newest pages that ``bundle`` served since it went live.

    Pages younger than the first event that waits to be sealed are left out: serving knew it, and the
    files do not.

    Args:
        live, bundle: What serves now.
        raw: ``1-raw``, with the sealed segments of the live log.
        log, served_log: The log of events and of pages.
        events, products: Clean ones.
        at_us: Now, on our clock, UTC.
    """
    declared = FeatureSet.from_json(bundle.text("features.json"))
    since_us = live.now.since_us
    nothing = ServedSkew(
        measured_at_us=at_us,
        bundle_id=bundle.bundle_id,
        features=declared.hash,
        why_nothing="no page of the live bundle is older than the first event that waits for a check",
    )
    waiting_us = peek_log(log).first_waiting_at_us or at_us
    segments = sorted((raw / "events").glob("live-*.parquet"))
    last_import = max((r.import_id for r in imports(raw) if r.at_us < since_us), default=0)
    with tempfile.TemporaryDirectory(prefix="baihuo-skew-") as folder:
        pages = Path(folder) / "served.parquet"
        served = ServedLog(served_log)
        try:
            served.to_parquet(pages, newest=_NEWEST_PAGES)
        finally:
            served.close()
        these = (
            (pc.field("bundle_id") == bundle.bundle_id)
            & (pc.field("at_us") >= since_us)
            & (pc.field("at_us") < waiting_us)
        )
        known = _as_served(
            tables, events, segments, since_us, last_import, Path(folder) / "e.parquet"
        )
        as_served, as_checked = (
            skew(
                tables,
                declared,
                served=pages,
                events=source,
                products=products,
                only=these,
                most_rows=_MOST_ROWS,
                progress=progress,
            )
            for source in (known, events)
        )
    if not as_served.n_values:
        return nothing
    return replace(
        nothing,
        n_pages=as_served.n_pages,
        n_values=as_served.n_values,
        share_different=as_served.share_different,
        share_late=sum(one.n_late for one in as_served.by_feature) / as_served.n_values,
        share_after_checks=as_checked.share_different,
        worst=_worst(as_served),
        why_nothing="",
    )


def _as_served(
    tables: Tables, events: Path, segments: list[Path], since_us: int, last_import: int, out: Path
) -> list[Path]:
    """The events that serving had: checked ones of the moment of its release, then every live event
    as it came. What was imported since is in neither.

    Files of which every row counts are read where they lie; of the others the rows that count go to
    ``out``.
    """
    whole, mixed = list[Path](), list[Path]()
    for file in sorted(events.glob("*.parquet")):
        newest_us = column_max(file, "received_at_us")
        newest_import = column_max(file, "import_id")
        is_whole = (newest_us is None or newest_us < since_us) and (
            newest_import is None or newest_import <= last_import
        )
        (whole if is_whole else mixed).append(file)
    parts = {"checked": mixed, "live": segments}
    queries = {"checked": _CHECKED, "live": _LIVE}
    sources = {name: files for name, files in parts.items() if files}
    if not sources:
        return whole
    query = " UNION ALL ".join(queries[name] for name in sources)
    tables.sql(query.format(since_us=since_us, last_import=last_import), out=out, **sources)
    return [*whole, out]


def _worst(report: SkewReport, most: int = 5) -> tuple[tuple[str, float], ...]:
    shares = [(f.name, f.n_different / max(f.n_compared, 1)) for f in report.by_feature]
    return tuple(sorted((s for s in shares if s[1] > 0), key=lambda s: -s[1])[:most])
