"""Release of bundles: skew, policies, evaluation, gate, rollback, and watching the live bundle."""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, cast

from baihuo import bundle
from baihuo import evaluate as measures
from baihuo import release as releasing
from baihuo.assist import write_reviews
from baihuo.bundle import Bundle, ClickModels, SearchOrder, read_live
from baihuo.core import (
    BadInput,
    GateClosed,
    NotFound,
    Progress,
    ShopError,
    Surface,
    no_progress,
    now_us,
)
from baihuo.engine import full_disk_named
from baihuo.evaluate import EvaluatedBundle
from baihuo.flow.checking import judged_sets
from baihuo.flow.erasures import complete_receipts, n_erased_visitors_in
from baihuo.flow.people import record_audit
from baihuo.flow.resources import (
    bundle_or_newest,
    delete_unused_states,
    engine,
    features_of,
    live_bundle,
    make_state,
)
from baihuo.index import UNTUNED
from baihuo.monitor import (
    POLICIES,
    REPLAYED,
    Band,
    PolicyReport,
    ReplayedPolicy,
    Rollback,
    ServedSkew,
    Status,
    WatchReport,
    append_rollback,
    compare_policies,
    live_impressions,
    measure_served_skew,
    rollbacks,
    watched,
)
from baihuo.monitor import status as read_status
from baihuo.rank import served_orders
from baihuo.release import ForcedRelease, GateLimits, GateReport, JudgedComparison
from baihuo.settings import Shop


def status(shop: Shop) -> Status:
    """monitor: return the state of the shop, stage by stage, and the next step. Writes nothing."""
    problems = []
    try:
        shop.settings()
    except ShopError as error:
        problems.append(f"{error.what} (fix: {error.fix})")
    return read_status(shop, at_us=now_us(), problems=problems)


def measure_skew(shop: Shop, *, progress: Progress = no_progress) -> ServedSkew | None:
    """monitor: compare the newest pages of the live bundle with the SQL; written to ``7-served/skew.json``.

    Returns:
        None if nothing is live, served or checked yet.
    """
    live = bundle.read_live(shop.bundles)
    is_checked = any(shop.clean_events.glob("*.parquet"))
    if live is None or not (shop.served_log.exists() and is_checked):
        return None
    measured = measure_served_skew(
        engine(shop),
        shop,
        live,
        Bundle.open(shop.bundles / live.bundle_id),
        at_us=now_us(),
        absent_consent=shop.settings().privacy.absent_consent,
        progress=progress,
    )
    measured.write(shop.skew_file)
    return measured


def policy_values(
    shop: Shop,
    policies: Sequence[str] = tuple(POLICIES),
    *,
    surface: str | None = None,
    bound: float | None = None,
    progress: Progress = no_progress,
) -> PolicyReport:
    """evaluate: estimate policies on the newest served pages by their exploration.

    Args:
        policies: Names of :data:`baihuo.monitor.policies.POLICIES` or of ``REPLAYED`` there, or ids of bundles.
        surface: Only pages of this surface.
        bound: Largest weight of the clipped estimate; None: as the log suggests.

    Raises:
        BadInput: a name is neither a policy nor a bundle.
        NotFound: no served page, checked event or live bundle to replay.
    """
    for name in policies:
        is_known = name in POLICIES or name in REPLAYED
        if not is_known and not (shop.bundles / name / "manifest.json").exists():
            raise BadInput(
                f"{name!r} is neither a policy nor a bundle of this shop",
                fix=f"one of {', '.join((*POLICIES, *REPLAYED))}, all, or the id of a bundle (baihuo status)",
            )
    return compare_policies(
        engine(shop),
        shop,
        policies,
        replayed={name: _replayed(shop, name) for name in policies if name not in POLICIES},
        attribution_minutes=shop.settings().train.attribution_minutes,
        surface=surface,
        bound=bound,
        progress=progress,
    )


def _replayed(shop: Shop, name: str) -> ReplayedPolicy:
    """Return the live bundle with one kind of order on every surface, or a bundle as this shop would serve it."""
    surfaces = shop.settings().surfaces
    if name not in REPLAYED:
        replayed = bundle_or_newest(shop, name)
        return ReplayedPolicy(replayed, surfaces.switches(), surfaces.home.diversity)
    live = live_bundle(shop)
    if live is None:
        raise NotFound(f"no bundle is live, so {name!r} orders nothing", fix="run: baihuo release")
    return ReplayedPolicy(live, dict.fromkeys(Surface, name), surfaces.home.diversity)


def evaluate(shop: Shop, bundle_id: str | None = None) -> dict[str, Any]:
    """evaluate: return metrics of a bundle and its baselines on held-out data, and under ``serves`` the live orders."""
    bundle = bundle_or_newest(shop, bundle_id)
    report = cast("dict[str, Any]", bundle.json("report.json"))
    return report | {"serves": _live_orders(shop, bundle)}


def _live_orders(shop: Shop, bundle: Bundle) -> dict[str, Any]:
    """Return whether a bundle is live, why not, and its order by surface."""
    live = read_live(shop.bundles)
    is_live = live is not None and live.bundle_id == bundle.bundle_id
    switches = shop.settings().surfaces.switches()
    try:
        clicks, search_order = ClickModels.open(bundle), SearchOrder.open(bundle)
    except BadInput as error:
        return {"is_live": is_live, "why_not": error.what, "orders": {}}
    orders = served_orders(bundle, clicks, search_order, switches)
    why_not = None if is_live else _why_not_live(bundle)
    return {
        "is_live": is_live,
        "why_not": why_not,
        "orders": {str(s): o for s, o in orders.items()},
    }


def _why_not_live(bundle: Bundle) -> str:
    verdict = bundle.gate()
    if verdict is None:
        return "its gate was not run"
    return "it was not released" if verdict["is_open"] else "its gate refused it"


def evaluation_page(
    shop: Shop, bundle_id: str | None = None, *, judged: Sequence[Mapping[str, Any]] = ()
) -> str:
    """evaluate: return the evaluation as an HTML page, with the gate's verdict and the age of the models.

    Args:
        judged: Judged searches, from :meth:`JudgedComparison.to_json`.
    """
    bundle = bundle_or_newest(shop, bundle_id)
    live = read_live(shop.bundles)
    is_live = live is not None and live.bundle_id == bundle.bundle_id
    return measures.evaluation_page(
        EvaluatedBundle(
            bundle_id=bundle.bundle_id,
            shop=shop.settings().name,
            report=bundle.json("report.json"),
            gate=bundle.gate(),
            orders=_live_orders(shop, bundle)["orders"],
            judged=judged,
            sealed_at_us=(bundle.path / "manifest.json").stat().st_mtime_ns // 1_000,
            live_since_us=live.now.since_us if live is not None and is_live else None,
            at_us=now_us(),
        )
    )


def run_gate(
    shop: Shop, bundle_id: str | None = None, *, progress: Progress = no_progress
) -> GateReport:
    """release: check quality, lift, calibration, skew and latency of a bundle; the result is stored in it."""
    with full_disk_named(shop.root):
        return _run_gate(shop, bundle_or_newest(shop, bundle_id), progress)


def _run_gate(shop: Shop, candidate: Bundle, progress: Progress) -> GateReport:
    served = measure_skew(shop, progress=progress)
    if served is not None and served.features != features_of(candidate).hash:
        served = None  # measured with other features
    make_state(shop, features_of(candidate), progress=progress)
    return releasing.run_gate(
        engine(shop),
        shop,
        candidate,
        limits=GateLimits(**shop.settings().gate.model_dump()),
        at_us=now_us(),
        diversity=shop.settings().surfaces.home.diversity,
        served=served,
        judged=judged_sets(shop, candidate),
        progress=progress,
    )


def compare_searches(
    shop: Shop, bundle_id: str | None = None, *, progress: Progress = no_progress
) -> list[JudgedComparison]:
    """evaluate: compare the learned order of a bundle with the text order on the shop's judged searches.

    Returns:
        An empty list without judgements or a model for searches.
    """
    candidate = bundle_or_newest(shop, bundle_id)
    judged = judged_sets(shop, candidate)
    if not judged:
        return []
    make_state(shop, features_of(candidate), progress=progress)
    return releasing.compare_searches(
        shop, candidate, judged=judged, at_us=now_us(), progress=progress
    )


def release(
    shop: Shop,
    bundle_id: str | None = None,
    *,
    force_reason: str | None = None,
    is_dry: bool = False,
    progress: Progress = no_progress,
) -> GateReport:
    """release: run the gate, then make one atomic rename that running servers follow without a failed request.

    Args:
        force_reason: Release it even if the gate refuses it, unless the data failed its checks. Stored in
            the bundle with the name of the user.
        is_dry: Only run the gate: neither release, nor raise if it is closed.

    Raises:
        GateClosed: lists every reason; the live bundle stays live. Also for a bundle that was rolled back, or trained on visitors erased
            since.
    """
    if force_reason is None:
        asked = bundle_or_newest(shop, bundle_id).bundle_id
        _require_not_rolled_back(shop, asked)
        _require_forgotten(shop, asked)
    report = run_gate(shop, bundle_id, progress=progress)
    return report if is_dry else release_if_open(shop, report, force_reason=force_reason)


def make_reviews(shop: Shop) -> None:
    """Make the reviews for customer service from the checked events."""
    if any(shop.clean_events.glob("*.parquet")):
        write_reviews(shop.reviews_file, engine(shop), shop.clean_events)


def _require_forgotten(shop: Shop, bundle_id: str) -> None:
    live = bundle.read_live(shop.bundles)
    n = n_erased_visitors_in(shop, bundle_id)
    if n and (live is None or live.bundle_id != bundle_id):
        raise GateClosed(
            f"bundle {bundle_id} was trained on {n:,} visitors erased since",
            fix="train again: baihuo train",
        )


def _require_not_rolled_back(shop: Shop, bundle_id: str) -> None:
    for one in reversed(rollbacks(shop.bundles)):
        if one.bundle_id == bundle_id:
            raise GateClosed(
                f"bundle {bundle_id} was live and was rolled back:\n  - "
                + "\n  - ".join(one.reasons),
                fix="train again: baihuo train; or release it anyway: baihuo release "
                f'{bundle_id} --force --reason "why"',
            )


def release_if_open(
    shop: Shop, gate_report: GateReport, *, force_reason: str | None = None
) -> GateReport:
    """release: make the bundle of a gate report live, if the gate is open; see :func:`release`."""
    forced = None
    if force_reason is not None and not gate_report.is_open:
        forced = ForcedRelease(by=getpass.getuser(), reason=force_reason, at_us=now_us())
    released = bundle_or_newest(shop, gate_report.bundle_id)
    index_id = released.json("report.json")["index_id"]
    with full_disk_named(shop.root):
        releasing.release(shop.bundles, gate_report.bundle_id, index_id, forced=forced)
        make_reviews(shop)
    delete_unused_states(shop)
    complete_receipts(shop)
    detail = {
        "index_id": index_id,
        "forced": forced.reason if forced else None,
        "search_tuning": _tuned(released),
    }
    record_audit(shop, "release", subject=gate_report.bundle_id, detail=detail)
    return replace(gate_report, forced=forced)


def rollback(shop: Shop, *, reasons: Sequence[str] = ()) -> str:
    """release: make the previous bundle live, with the index and the features it served with.

    Args:
        reasons: For the audit log; empty if a person decides.
    """
    if (previous := bundle.previous(bundle.read_live(shop.bundles))) is not None:
        make_state(shop, features_of(Bundle.open(shop.bundles / previous.bundle_id)))
    bundle_id = releasing.rollback(shop.bundles).bundle_id
    tuned = _tuned(Bundle.open(shop.bundles / bundle_id, verify=False))
    detail = {"reasons": list(reasons), "search_tuning": tuned}
    record_audit(shop, "rollback", subject=bundle_id, detail=detail)
    return bundle_id


def _tuned(released: Bundle) -> dict[str, float | None]:
    """Return the weights and thresholds of its searches that are not the defaults, for the audit log."""
    changes = bundle.tuning_of(released).changes(UNTUNED)
    return {name: value for name, (_, value) in changes.items()}


def watch(
    shop: Shop, *, only_look: bool = False, doubt: str = "", progress: Progress = no_progress
) -> WatchReport | None:
    """monitor: check the live bundle on the checked events; roll back if it is outside its bands. The result is written to
    ``7-served/watch.json``, a rollback with its reasons to ``5-bundles/rollbacks.jsonl``.

    Args:
        only_look: Neither roll back nor write.
        doubt: Why the events cannot be trusted, such as failed checks: then only alert.

    Returns:
        None without a live bundle.
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
    """Roll back, or return why not: a rolled-back bundle does not return."""
    why_not = doubt
    before = rollbacks(shop.bundles)
    if not why_not and not shop.settings().monitor.rolls_back:
        why_not = "monitor.rolls_back is off"
    elif not why_not and bundle.previous(live) is None:
        why_not = "no bundle was live before this one"
    elif not why_not and before and before[-1].to_bundle_id == live.bundle_id:
        why_not = (
            "this bundle was itself rolled back to, so it may be the shop that changed, not the model: train again "
            "(baihuo train), or roll back by hand (baihuo rollback)"
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
