"""Evaluation of bundles: what training and the gate measured, as a report and as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from baihuo import evaluate as measures
from baihuo.bundle import Bundle, ClickModels, SearchOrder, read_live
from baihuo.core import BadInput, now_us
from baihuo.evaluate import EvaluatedBundle
from baihuo.flow.resources import bundle_or_newest
from baihuo.rank import served_orders
from baihuo.settings import Shop


def evaluate(shop: Shop, bundle_id: str | None = None) -> dict[str, Any]:
    """evaluate: metrics of a bundle and its baselines on held-out data, and under ``serves`` what serves now."""
    bundle = bundle_or_newest(shop, bundle_id)
    report = cast("dict[str, Any]", bundle.json("report.json"))
    return report | {"serves": _what_serves(shop, bundle)}


def _what_serves(shop: Shop, bundle: Bundle) -> dict[str, Any]:
    """Whether a bundle is live, why not, and by surface the order that it serves, or would."""
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
    """evaluate: the same as one HTML page, with the gate's verdict and the age of the models.

    Args:
        judged: Judged searches, as :meth:`JudgedComparison.to_json` gives them.
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
            orders=_what_serves(shop, bundle)["orders"],
            judged=judged,
            sealed_at_us=(bundle.path / "manifest.json").stat().st_mtime_ns // 1_000,
            live_since_us=live.now.since_us if live is not None and is_live else None,
            at_us=now_us(),
        )
    )
