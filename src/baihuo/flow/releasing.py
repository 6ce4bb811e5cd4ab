"""Release of bundles: the feature state they need, the gate, release and rollback."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import replace

from baihuo import bundle
from baihuo import release as releasing
from baihuo.assist import write_reviews
from baihuo.bundle import Bundle
from baihuo.core import GateClosed, Progress, no_progress, now_us
from baihuo.engine import full_disk_named
from baihuo.flow.auditing import record_audit
from baihuo.flow.erasure_receipts import complete_receipts, n_erased_visitors_in
from baihuo.flow.logs import judged_sets
from baihuo.flow.making_states import make_state
from baihuo.flow.monitoring import measure_skew
from baihuo.flow.resources import bundle_or_newest, engine, features_of
from baihuo.flow.states import delete_unused_states
from baihuo.monitor import rollbacks
from baihuo.release import ForcedRelease, GateLimits, GateReport, JudgedComparison
from baihuo.settings import Shop


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
        served=served,
        judged=judged_sets(shop, candidate),
        progress=progress,
    )


def compare_searches(
    shop: Shop, bundle_id: str | None = None, *, progress: Progress = no_progress
) -> list[JudgedComparison]:
    """evaluate: searches of the shop's judged sets in the learned order of a bundle, and by words alone.

    Returns:
        Nothing where nothing was judged, or no model of the bundle orders searches.
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
    """release: the gate, then one atomic rename that running servers follow without a failed request.

    Args:
        force_reason: Release it even if the gate refuses it, unless the data failed its checks. Stored in
            the bundle with the name of the user.
        is_dry: Only the gate: nothing is released, and no error is raised where it is closed.

    Raises:
        GateClosed: lists every reason; the live bundle stays live. Also of a bundle that was rolled back, or that learned from
            visitors who were erased since.
    """
    if force_reason is None:
        asked = bundle_or_newest(shop, bundle_id).bundle_id
        _require_not_rolled_back(shop, asked)
        _require_forgotten(shop, asked)
    report = run_gate(shop, bundle_id, progress=progress)
    return report if is_dry else release_if_open(shop, report, force_reason=force_reason)


def make_reviews(shop: Shop) -> None:
    """The reviews that customer service may speak of, of the checked events as they are now."""
    if any(shop.clean_events.glob("*.parquet")):
        write_reviews(shop.reviews_file, engine(shop), shop.clean_events)


def _require_forgotten(shop: Shop, bundle_id: str) -> None:
    live = bundle.read_live(shop.bundles)
    n = n_erased_visitors_in(shop, bundle_id)
    if n and (live is None or live.bundle_id != bundle_id):
        raise GateClosed(
            f"bundle {bundle_id} learned from {n:,} visitors who were erased since",
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
    index_id = bundle_or_newest(shop, gate_report.bundle_id).json("report.json")["index_id"]
    with full_disk_named(shop.root):
        releasing.release(shop.bundles, gate_report.bundle_id, index_id, forced=forced)
        make_reviews(shop)
    delete_unused_states(shop)
    complete_receipts(shop)
    detail = {"index_id": index_id, "forced": forced.reason if forced else None}
    record_audit(shop, "release", subject=gate_report.bundle_id, detail=detail)
    return replace(gate_report, forced=forced)


def rollback(shop: Shop, *, reasons: Sequence[str] = ()) -> str:
    """release: make the previous bundle live, with the index and the features it served with.

    Args:
        reasons: For the audit log; none where a person decides.
    """
    if (previous := bundle.previous(bundle.read_live(shop.bundles))) is not None:
        make_state(shop, features_of(Bundle.open(shop.bundles / previous.bundle_id)))
    bundle_id = releasing.rollback(shop.bundles).bundle_id
    record_audit(shop, "rollback", subject=bundle_id, detail={"reasons": list(reasons)})
    return bundle_id
