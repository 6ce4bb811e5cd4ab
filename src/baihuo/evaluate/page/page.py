"""The evaluation page: one file without scripts or requests; data is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from baihuo.evaluate.page.clicks import (
    calibration_charts,
    input_charts,
    loss_charts,
    slice_charts,
)
from baihuo.evaluate.page.models import Chart, judged_charts, order_charts, search_charts
from baihuo.evaluate.page.positions import position_charts
from baihuo.evaluate.report_words import why_no_examination, worst_slices
from baihuo.quality import report_environment

_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatedBundle:
    """A bundle with all its evaluations."""

    bundle_id: str
    shop: str  # its name
    report: Mapping[str, Any]  # the bundle's report.json
    gate: Mapping[str, Any] | None  # the bundle's gate.json; None: the gate has not run
    orders: Mapping[str, str]  # order by surface; empty: unknown
    judged: Sequence[Mapping[str, Any]] = ()  # judged searches, as ``evaluate --json`` prints them
    sealed_at_us: int  # UTC
    live_since_us: int | None = None  # None: it does not serve
    at_us: int  # now, UTC


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    words: Sequence[str]
    charts: Sequence[Chart]
    is_open: bool = True


def evaluation_page(bundle: EvaluatedBundle) -> str:
    """Return the page as HTML, without sections that an older bundle did not measure."""
    environment = report_environment("baihuo.evaluate.page")
    return environment.get_template("evaluation.html").render(
        bundle=bundle,
        facts=_facts(bundle),
        missing=[str(bundle.report[k]) for k in ("no_clicks",) if k in bundle.report],
        sections=[s for s in _sections(bundle) if s.charts or s.words],
    )


def _sections(bundle: EvaluatedBundle) -> list[_Section]:
    clicks: Mapping[str, Any] = bundle.report.get("clicks", {})
    slices: Mapping[str, Any] = clicks.get("slices", {})
    purchases = bundle.report.get("purchases", {}).get("judged") or []
    next_items = bundle.report.get("next_items", {}).get("judged") or []
    bought = judged_charts(purchases, "recall20", "Purchases")
    followed = judged_charts(next_items, "recall10", "Next product")
    return [
        _Section("Orders and their baselines", (), _drawn(_order_charts(bundle))),
        _Section("Judged searches", (), _drawn(search_charts(bundle.judged))),
        _Section("P(click) and its calibration", (), _drawn(calibration_charts(clicks))),
        _Section(
            "Slices of the newest pages",
            [f"Worst: {words}" for words in worst_slices(slices)],
            _drawn(slice_charts(slices)) if slices else (),
        ),
        _Section(
            "Positions",
            [why for why in (why_no_examination(clicks.get("positions", {})),) if why],
            _drawn(position_charts(clicks)),
        ),
        _Section("Purchases of the held-out weeks", (), _drawn(bought)),
        _Section("The product after one", (), _drawn(followed)),
        _Section("Inputs", (), _drawn(input_charts(clicks)), is_open=False),
        _Section("Training", (), _drawn(loss_charts(clicks.get("curves", {}))), is_open=False),
    ]


def _order_charts(bundle: EvaluatedBundle) -> list[Chart]:
    return order_charts(
        bundle.report.get("clicks", {}),
        {} if bundle.live_since_us is None else bundle.orders,
        (bundle.gate or {}).get("order_by", {}),
    )


def _drawn(charts: Sequence[Chart]) -> list[Chart]:
    return [(title, drawing) for title, drawing in charts if drawing]


def _facts(bundle: EvaluatedBundle) -> list[tuple[str, str]]:
    """Return the ages of the models and their data."""
    now = bundle.at_us
    split = bundle.report.get("clicks", {}).get("split", {})
    facts = [
        ("trained", _moment(bundle.sealed_at_us, now)),
        (
            "serves",
            "no" if bundle.live_since_us is None else f"since {_moment(bundle.live_since_us, now)}",
        ),
    ]
    if "until_us" in split:
        facts.append(("newest test page", _moment(split["until_us"], now)))
        facts.append(("newest training page", _moment(split["validation_from_us"], now)))
        facts.append(("oldest training page", _moment(split["train_from_us"], now)))
    if "n_train" in bundle.report.get("clicks", {}):
        facts.append(("training impressions", f"{bundle.report['clicks']['n_train']:,}"))
    return facts


def _moment(at_us: int, now_us: int) -> str:
    day = datetime.fromtimestamp(at_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{day}, {(now_us - at_us) / _DAY_US:.1f} days ago"
