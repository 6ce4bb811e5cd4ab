"""Training-serving skew of served pages, measured twice: over the events serving knew, and over checked events.

The first must find the same values: a difference is a defect. The second is what training will see: events of a bot that a check removed
later differ there, which is not a defect.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from baihuo.bundle import Bundle, LiveBundles
from baihuo.connect import imports
from baihuo.core import (
    CONSENT_FIELDS,
    Consent,
    Progress,
    ShopPaths,
    consented_sql,
    no_progress,
)
from baihuo.engine import Tables, column_max
from baihuo.events import EventLog, ServedLog, peek_log
from baihuo.features import FeatureSet
from baihuo.monitor.collectors import ServedSkew
from baihuo.monitor.skew import SkewOptions, SkewReport, skew

_MASKED = "⟨"  # prefix of a pseudonym in a text
_NEWEST_PAGES = 1_000
_MAX_ROWS = 20_000

_CHECKED = """SELECT * FROM checked WHERE import_id <= {last_import}
    AND received_at_us < CASE WHEN import_id = 0 THEN {live_from_us} ELSE {since_us} END"""
_LIVE = "SELECT * FROM live WHERE received_at_us >= {live_from_us} AND ({consented})"


def measure_served_skew(
    tables: Tables,
    paths: ShopPaths,
    live: LiveBundles,
    bundle: Bundle,
    *,
    at_us: int,
    absent_consent: Consent = "granted",
    progress: Progress = no_progress,
) -> ServedSkew:
    """Compare the newest pages that ``bundle`` served since it went live.

    Pages newer than the first unsealed event of the log are left out: serving knew that event, but the files do not have it yet.

    Args:
        paths: The shop: raw segments, the logs of events and pages, the clean data.
        live, bundle: What is live now.
        at_us: Now, on our clock, UTC.
        absent_consent: The meaning of an event without consent fields: serving did not count refused ones.
    """
    declared = FeatureSet.from_json(bundle.text("features.json"))
    basis = _basis(paths, bundle, live.now.since_us)
    nothing = ServedSkew(
        measured_at_us=at_us,
        bundle_id=bundle.bundle_id,
        features=declared.hash,
        why_nothing="no page of the live bundle is older than the first event that is waiting for a check",
    )
    waiting_us = peek_log(paths.log).first_waiting_at_us or at_us
    pages_compared = (
        (pc.field("bundle_id") == bundle.bundle_id)
        & (pc.field("at_us") >= basis.since_us)
        & (pc.field("at_us") < waiting_us)
        # served for the typed words; masked if they had personal data
        & ~pc.match_substring(pc.field("query_text"), _MASKED)
    )
    with tempfile.TemporaryDirectory(prefix="baihuo-skew-") as folder:
        pages = _newest_pages(paths, Path(folder) / "served.parquet")
        known = _events_known(tables, paths, basis, Path(folder) / "events.parquet", absent_consent)
        as_served, as_checked = (
            skew(
                tables,
                declared,
                served=pages,
                events=source,
                products=paths.clean_products,
                counted_for_all=for_all,
                options=SkewOptions(max_rows=_MAX_ROWS, only=pages_compared),
                progress=progress,
            )
            for source, for_all in (
                (known, _without(known, basis.held, Path(folder))),
                (paths.clean_events, None),
            )
        )
    if not as_served.n_values:
        return nothing
    return replace(
        nothing,
        n_pages=as_served.n_pages,
        n_values=as_served.n_values,
        share_different=as_served.share_different,
        share_late=sum(feature.n_late for feature in as_served.by_feature) / as_served.n_values,
        share_after_checks=as_checked.share_different,
        worst=_worst(as_served),
        why_nothing="",
    )


@dataclass(frozen=True, slots=True)
class _Basis:
    """The live bundle's data: the features its workers opened last, and the log since."""

    since_us: int  # pages are made of it from then on
    made_at_us: int  # of the features
    live_from_us: int  # events received since then counted as they came
    held: frozenset[str] = (
        frozenset()
    )  # of them, those that changed only the pages of their own visitor


def _basis(paths: ShopPaths, bundle: Bundle, since_us: int) -> _Basis:
    """Read the opening the workers recorded; for earlier versions, assume the features at the release."""
    if not paths.log.exists():
        return _Basis(since_us, since_us, since_us)
    log = EventLog(paths.log)
    try:
        opening = log.opening(bundle.bundle_id, since_us=since_us)
        if opening is None:
            return _Basis(since_us, since_us, since_us)
        first = log.tail(opening.after_seq, limit=1)
        return _Basis(
            opening.at_us,
            opening.made_at_us,
            first[0][1].received_at_us if first else opening.at_us,
            log.held_back(after_seq=opening.after_seq),
        )
    finally:
        log.close()


def _without(files: list[Path], event_ids: frozenset[str], folder: Path) -> list[Path] | None:
    """Return files without these events; None without any to remove. Live events are in the file made in ``folder``."""
    if not event_ids or files[-1].parent != folder:
        return None
    table = pq.read_table(files[-1])
    is_gone = pc.is_in(table["event_id"], value_set=pa.array(sorted(event_ids), pa.string()))
    out = folder / "counted_for_all.parquet"
    pq.write_table(table.filter(pc.invert(is_gone)), out)
    return [*files[:-1], out]


def _newest_pages(paths: ShopPaths, out: Path) -> Path:
    log = ServedLog(paths.served_log)
    try:
        log.to_parquet(out, newest=_NEWEST_PAGES)
    finally:
        log.close()
    return out


def _events_known(
    tables: Tables, paths: ShopPaths, basis: _Basis, out: Path, absent_consent: Consent
) -> list[Path]:
    """Return files of the events serving knew, see :func:`_as_served`."""
    segments = sorted((paths.raw / "events").glob("live-*.parquet"))
    last_import = max(
        (r.import_id for r in imports(paths.raw) if r.at_us < basis.made_at_us), default=0
    )
    return _as_served(
        tables,
        paths.clean_events,
        segments,
        basis.since_us,
        last_import,
        out,
        absent_consent=absent_consent,
        live_from_us=basis.live_from_us,
    )


def _as_served(
    tables: Tables,
    events: Path,
    segments: list[Path],
    since_us: int,
    last_import: int,
    out: Path,
    *,
    absent_consent: Consent = "granted",
    live_from_us: int | None = None,
) -> list[Path]:
    """Return the events serving knew: those checked when its features were made, then every live event with consent, as received. Later
    imports are in neither.

    Files of which every row counts are returned as they are; the rows that count of the other files are
    written to ``out``, and so is every live event since ``live_from_us`` (None: since ``since_us``).
    """
    live_from_us = since_us if live_from_us is None else live_from_us
    whole, mixed = list[Path](), list[Path]()
    for file in sorted(events.glob("*.parquet")):
        newest_us = column_max(file, "received_at_us")
        newest_import = column_max(file, "import_id")
        is_whole = (newest_us is None or newest_us < min(since_us, live_from_us)) and (
            newest_import is None or newest_import <= last_import
        )
        (whole if is_whole else mixed).append(file)
    parts = {"checked": mixed, "live": segments}
    queries = {"checked": _CHECKED, "live": _LIVE}
    sources = {name: files for name, files in parts.items() if files}
    if not sources:
        return whole
    query = " UNION ALL BY NAME ".join(queries[name] for name in sources)
    has_consent = any(set(CONSENT_FIELDS) <= set(pq.read_schema(f).names) for f in segments)
    consented = consented_sql(absent_consent) if has_consent else str(absent_consent == "granted")
    filled = query.format(
        since_us=since_us,
        live_from_us=live_from_us,
        last_import=last_import,
        consented=consented,
    )
    tables.sql(filled, out=out, **sources)
    return [*whole, out]


def _worst(report: SkewReport, limit: int = 5) -> tuple[tuple[str, float], ...]:
    shares = [(f.name, f.n_different / max(f.n_compared, 1)) for f in report.by_feature]
    return tuple(sorted((s for s in shares if s[1] > 0), key=lambda s: -s[1])[:limit])
