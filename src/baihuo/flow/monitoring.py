"""Monitoring a shop: its state, its training-serving skew, off-policy estimates."""

from __future__ import annotations

from collections.abc import Sequence

from baihuo import bundle
from baihuo.bundle import Bundle
from baihuo.core import BadInput, NotFound, Progress, ShopError, Surface, no_progress, now_us
from baihuo.flow.resources import bundle_or_newest, engine, live_bundle
from baihuo.monitor import (
    POLICIES,
    REPLAYED,
    PolicyReport,
    ReplayedPolicy,
    ServedSkew,
    Status,
    compare_policies,
    measure_served_skew,
)
from baihuo.monitor import status as read_status
from baihuo.settings import Shop


def status(shop: Shop) -> Status:
    """monitor: the state of the shop, stage by stage, and what to do next. Writes nothing."""
    problems = []
    try:
        shop.settings()
    except ShopError as error:
        problems.append(f"{error.what} (fix: {error.fix})")
    return read_status(shop, at_us=now_us(), problems=problems)


def measure_skew(shop: Shop, *, progress: Progress = no_progress) -> ServedSkew | None:
    """monitor: the newest pages of the live bundle compared with the SQL; written to ``7-served/skew.json``.

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
    """evaluate: what policies would have earned on the newest served pages, from the exploration in them.

    Args:
        policies: Names of :data:`baihuo.monitor.policies.POLICIES` or of ``REPLAYED`` there, or ids of bundles.
        surface: Only pages of this surface.
        bound: Largest weight of the clipped estimate; None: as the log suggests.

    Raises:
        BadInput: a name is neither a policy nor a bundle.
        NotFound: no page was served, or nothing was checked; or nothing is live that could be replayed.
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
    """The live bundle with one kind of order on every surface, or a bundle as this shop would serve it."""
    if name not in REPLAYED:
        return ReplayedPolicy(bundle_or_newest(shop, name), shop.settings().surfaces.switches())
    live = live_bundle(shop)
    if live is None:
        raise NotFound(f"no bundle is live, so {name!r} orders nothing", fix="run: baihuo release")
    return ReplayedPolicy(live, dict.fromkeys(Surface, name))
