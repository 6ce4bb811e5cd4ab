"""Watching the live bundle, and rolling it back when it leaves its bands."""

from __future__ import annotations

from dataclasses import asdict, replace

from baihuo import bundle
from baihuo.bundle import Bundle
from baihuo.core import Progress, no_progress, now_us
from baihuo.flow.releasing import rollback
from baihuo.flow.resources import engine
from baihuo.monitor import (
    Band,
    Rollback,
    WatchReport,
    append_rollback,
    live_impressions,
    rollbacks,
    watched,
)
from baihuo.settings import Shop


def watch(
    shop: Shop, *, only_look: bool = False, doubt: str = "", progress: Progress = no_progress
) -> WatchReport | None:
    """monitor: one look at the live bundle over the checked events; outside its bands, the bundle before it goes live.

    The look is written to ``7-served/watch.json``, a rollback with its reasons to ``5-bundles/rollbacks.jsonl``.

    Args:
        only_look: Change nothing that serves, and write nothing.
        doubt: Why the events cannot be trusted, such as failed checks: then there is an alert only.

    Returns:
        None where nothing is live.
    """
    live = bundle.read_live(shop.bundles)
    if live is None:
        return None
    progress("watch", 0, 1)
    report = _look(shop, live)
    progress("watch", 1, 1)
    if only_look:
        return report
    if report.reasons:
        report = _go_back(shop, live, report, doubt)
    report.write(shop.watch_file)
    return report


def _look(shop: Shop, live: bundle.LiveBundles) -> WatchReport:
    settings = shop.settings()
    report = WatchReport(
        at_us=now_us(),
        bundle_id=live.bundle_id,
        since_us=live.now.since_us,
        n_impressions=0,
        not_watched="no page was served yet",
    )
    if not shop.served_log.exists() or not any(shop.clean_events.glob("*.parquet")):
        return report
    shown, before = live_impressions(
        engine(shop),
        shop,
        live,
        Bundle.open(shop.bundles / live.bundle_id, verify=False),
        attribution_minutes=settings.train.attribution_minutes,
        reference_days=settings.monitor.reference_days,
        newest_pages=settings.monitor.newest_pages,
    )
    band = Band(
        most_calibration_ratio=settings.monitor.most_calibration_ratio,
        lowest_ctr_ratio=settings.monitor.lowest_ctr_ratio,
        lowest_coverage_ratio=settings.monitor.lowest_coverage_ratio,
        min_impressions=settings.monitor.min_impressions,
        false_alarms=settings.monitor.false_alarms,
    )
    found = tuple(watched(shown, before, band))
    few = (
        f"{len(shown):,} checked impressions of this bundle whose attribution window has closed, "
        f"of {band.min_impressions:,} (monitor.min_impressions)"
    )
    return replace(
        report, n_impressions=len(shown), watched=found, not_watched="" if found else few
    )


def _go_back(shop: Shop, live: bundle.LiveBundles, report: WatchReport, doubt: str) -> WatchReport:
    """Roll back, or say why not: what is left behind is not gone back to again."""
    why_not = doubt
    before = rollbacks(shop.bundles)
    if not why_not and not shop.settings().monitor.rolls_back:
        why_not = "monitor.rolls_back is off"
    elif not why_not and bundle.previous(live) is None:
        why_not = "no bundle was live before this one"
    elif not why_not and before and before[-1].to_bundle_id == live.bundle_id:
        why_not = (
            "this bundle was itself rolled back to, so it may be the shop that changed, not the model: train again "
            "(baihuo train), or go back by hand (baihuo rollback)"
        )
    if why_not:
        return replace(report, action="alert", why_no_rollback=why_not)
    to_bundle_id = rollback(shop, reasons=report.reasons)
    append_rollback(
        shop.bundles,
        Rollback(
            at_us=report.at_us,
            bundle_id=live.bundle_id,
            to_bundle_id=to_bundle_id,
            reasons=report.reasons,
            watched=tuple(asdict(one) for one in report.watched),
        ),
    )
    return replace(report, action="rolled back", rolled_back_to=to_bundle_id)
