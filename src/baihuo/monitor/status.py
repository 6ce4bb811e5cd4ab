"""The state of a shop, stage by stage, and what to do next. Reads only; does not even create a folder. Read errors become problems in the
result: status must work when nothing else does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from baihuo.assist import Policy, read_outcomes
from baihuo.bundle import Bundle, LiveBundles, read_live, require_readable
from baihuo.connect import imports, segments
from baihuo.core import NotFound, ShopError, ShopPaths
from baihuo.engine import column_max
from baihuo.events import LogState, ServedState, peek_log, peek_served
from baihuo.features import FeatureSet
from baihuo.monitor.collectors import read_skew
from baihuo.monitor.shop_status import (
    BundleState,
    CheckState,
    FeatureStateInfo,
    ImportsState,
    IndexState,
    LiveState,
    Status,
    erasures_state,
    next_step,
)
from baihuo.monitor.watch_report import read_watch, rollbacks
from baihuo.quality import QualityReport

_HOUR_US = 3_600_000_000
_OUTCOMES_US = 28 * 24 * _HOUR_US  # of conversations that are counted
T = TypeVar("T")


def status(paths: ShopPaths, *, at_us: int, problems: Iterable[str] = ()) -> Status:
    """Read the state of every stage.

    Args:
        paths: The shop; nothing needs to exist.
        at_us: Now, on our clock, UTC.
        problems: Read errors of the caller.
    """
    unreadable = list(problems)
    log = _read(unreadable, paths.log, lambda: peek_log(paths.log)) or LogState()
    served = (
        _read(unreadable, paths.served_log, lambda: peek_served(paths.served_log)) or ServedState()
    )
    imported = _read(unreadable, paths.raw, lambda: _imports(paths, log, at_us))
    check = _read(unreadable, paths.clean, lambda: _check(paths, imported))
    pair = _read(unreadable, paths.bundles, lambda: read_live(paths.bundles))
    live = _read(unreadable, paths.bundles, lambda: _live(paths.bundles, pair))
    _read(unreadable, paths.bundles, lambda: _require_readable(paths.bundles, pair))
    state = Status(
        folder=str(paths.root),
        at_us=at_us,
        imports=imported,
        check=check,
        features=_read(unreadable, paths.features, lambda: _features(paths.features, live)),
        index=_read(unreadable, paths.index, lambda: _index(paths.index)),
        newest_bundle=_read(unreadable, paths.bundles, lambda: _newest(paths.bundles)),
        live=live,
        log=log,
        served=served,
        skew=read_skew(paths.skew_file),
        watch=read_watch(paths.watch_file),
        rollback=next(reversed(rollbacks(paths.bundles)), None),
        erasures=_read(
            unreadable,
            paths.erasures_file,
            lambda: erasures_state(paths.erasures_file, paths.bundles, at_us=at_us),
        ),
        assist=_read(
            unreadable,
            paths.conversations_file,
            lambda: read_outcomes(
                paths.conversations_file, since_us=at_us - _OUTCOMES_US, at_us=at_us
            ),
        ),
        warnings=_read(unreadable, paths.policy_file, lambda: _warnings(paths.policy_file)) or (),
        problems=tuple(unreadable),
    )
    return replace(state, next_step=next_step(state))


def _read(problems: list[str], path: Path, read: Callable[[], T]) -> T | None:
    try:
        return read()
    except (NotFound, FileNotFoundError):
        return None  # not there yet, or replaced while it was read
    except ShopError as error:
        problems.append(f"{error.what} (fix: {error.fix})")
    except Exception as error:  # whatever it is, the other stages are still reported
        problems.append(f"{path} cannot be read: {type(error).__name__}: {error}")
    return None


def _warnings(policy_file: Path) -> tuple[str, ...]:
    return Policy.of(policy_file).warnings()


def _imports(paths: ShopPaths, log: LogState, at_us: int) -> ImportsState | None:
    records = imports(paths.raw)
    n_live = log.n_events
    if not records and not n_live:
        return None
    kinds = ("events", "products")
    newest = _newest_event(paths, log, at_us)
    return ImportsState(
        n_imports=len(records),
        newest_import_at_us=max((r.at_us for r in records), default=None),
        n_kept={k: sum(r.n_kept for r in records if r.kind == k) for k in kinds},
        n_quarantined={k: sum(r.n_quarantined for r in records if r.kind == k) for k in kinds},
        newest_event_at_us=newest,
        newest_event_age_hours=None if newest is None else round((at_us - newest) / _HOUR_US, 2),
    )


def _newest_event(paths: ShopPaths, log: LogState, at_us: int) -> int | None:
    """Return the time of the newest clean event (with corrected clocks), else raw event. Events more than an hour in the future have a
    wrong clock and do not count.
    """
    clean = sorted(paths.clean_events.glob("*.parquet"))
    times = (
        column_max(file, "occurred_at_us", at_most=at_us + _HOUR_US)
        for file in clean or segments(paths.raw, "events")
    )
    newest = [time for time in times if time is not None]
    if log.newest_at_us is not None:
        newest.append(log.newest_at_us)
    return max(newest, default=None)


def _check(paths: ShopPaths, imported: ImportsState | None) -> CheckState:
    report = QualityReport.load(paths.quality_report)
    newest = None if imported is None else imported.newest_import_at_us
    return CheckState(
        verdict=report.verdict,
        checked_at_us=report.checked_at_us,
        n_events=report.table("events").n_kept,
        n_products=report.table("products").n_kept,
        warnings=tuple(report.warnings),
        stops=tuple(report.stops),
        is_stale=newest is not None and newest > report.checked_at_us,
        n_noted=report.n_noted,
    )


def _features(folder: Path, live: LiveState | None) -> FeatureStateInfo | None:
    files = folder.glob("state/*/meta.json")
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(files)]
    states = [FeatureStateInfo(features=s["features"], at_us=s["at_us"]) for s in found]
    if live is not None:
        states = [state for state in states if state.features == live.features]
    return max(states, key=lambda state: state.at_us, default=None)


def _index(folder: Path) -> IndexState | None:
    made = sorted(folder.glob("*/generation.json"), key=_changed_ns)
    if not made:
        return None
    parsed = json.loads(made[-1].read_text(encoding="utf-8"))
    return IndexState(
        index_id=parsed["index_id"],
        n_products=parsed["n_products"],
        made_at_us=_changed_ns(made[-1]) // 1_000,
    )


def _newest(bundles: Path) -> BundleState | None:
    sealed = sorted(bundles.glob("*/manifest.json"), key=_changed_ns)
    return _bundle(sealed[-1].parent) if sealed else None


def _live(bundles: Path, live: LiveBundles | None) -> LiveState | None:
    if live is None:
        return None
    if not (bundles / live.bundle_id / "manifest.json").exists():
        raise ShopError(
            f"bundle {live.bundle_id} is live, and its folder is missing",
            fix="restore it from a backup, or release another: baihuo release",
        )
    folder = bundles / live.bundle_id
    declared = FeatureSet.from_json((folder / "features.json").read_text(encoding="utf-8"))
    return LiveState(
        index_id=live.index_id,
        since_us=live.now.since_us,
        bundle=_bundle(folder),
        features=declared.hash,
    )


def _require_readable(bundles: Path, live: LiveBundles | None) -> None:
    """Raise where this version cannot serve the live bundle, and say what to do."""
    if live is not None:
        require_readable(Bundle.open(bundles / live.bundle_id, verify=False))


def _bundle(folder: Path) -> BundleState:
    gate = folder / "gate.json"
    verdict = json.loads(gate.read_text(encoding="utf-8")) if gate.exists() else {}
    return BundleState(
        bundle_id=folder.name,
        sealed_at_us=_changed_ns(folder / "manifest.json") // 1_000,
        is_open=verdict.get("is_open"),
        reasons=tuple(verdict.get("reasons", ())),
        warnings=tuple(verdict.get("warnings", ())),
        forced=verdict.get("forced"),
    )


def _changed_ns(path: Path) -> int:
    return path.stat().st_mtime_ns
