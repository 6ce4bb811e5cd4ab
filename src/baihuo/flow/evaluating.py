"""Evaluation of bundles: what training and the gate measured, as a report and as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from baihuo import evaluate as measures
from baihuo.bundle import read_live
from baihuo.core import now_us
from baihuo.evaluate import EvaluatedBundle
from baihuo.flow.resources import bundle_or_newest
from baihuo.settings import Shop


def evaluate(shop: Shop, bundle_id: str | None = None) -> dict[str, Any]:
    """evaluate: metrics of a bundle and its baselines on held-out data."""
    return cast("dict[str, Any]", bundle_or_newest(shop, bundle_id).json("report.json"))


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
            judged=judged,
            sealed_at_us=(bundle.path / "manifest.json").stat().st_mtime_ns // 1_000,
            live_since_us=live.now.since_us if live is not None and is_live else None,
            at_us=now_us(),
        )
    )
