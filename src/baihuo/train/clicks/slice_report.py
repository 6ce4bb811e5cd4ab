"""Measures of every slice of the newest pages, beside what serves or the baselines; the worst slices named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle import ClickModels
from baihuo.evaluate import (
    auc,
    calibration_error,
    clustered_mean,
    grouped_auc,
    log_loss_by_row,
    ndcg_by_group,
)
from baihuo.train.clicks.fit import DEPTH, ExampleRows, baseline_scores
from baihuo.train.clicks.live import order_scores
from baihuo.train.clicks.slices import PAGE_DIMENSIONS, ROW_DIMENSIONS, Slices

Scores = NDArray[np.float64]
MIN_PAGES, MIN_ROWS = 20, 200
"""Smaller slices are not measured: their intervals would say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceReference:
    """What slices are compared with."""

    models: ClickModels | None  # of the live bundle; None: baselines
    p_click: Scores  # [rows], of the live models, else the click rate of training
    over: dict[str, str]  # by surface, the best baseline

    @property
    def name(self) -> str:
        return "a constant" if self.models is None else "live"


def slice_report(
    models: ClickModels,
    p_click: Scores,
    test: ExampleRows,
    named: Slices,
    reference: SliceReference,
) -> dict[str, Any]:
    """``rows``: P(click) in every slice; ``pages``: orders in every slice of pages and surface; ``worst`` of both.

    Args:
        p_click: ``[rows]``, calibrated, at the position each really had.
        test: The newest rows.
        named: Their slices.
    """
    rows = _row_lines(p_click, test, named, reference)
    pages = _page_lines(models, test, named, reference)
    return {
        "rows": rows,
        "pages": pages,
        "worst": {
            "calibration": _worst(rows, lambda line: _distance(line["bias"]) / line["rate"]),
            "loss": _worst(rows, lambda line: line["loss"]["low"]),
            "order": _worst(pages, lambda line: -line["gain"]["high"]),
        },
    }


def _row_lines(
    p: Scores, test: ExampleRows, named: Slices, reference: SliceReference
) -> list[dict[str, Any]]:
    """Of P(click): ``bias`` is predicted minus observed, ``loss`` our log-loss minus theirs over that of the slice's rate."""
    y = test.clicks.astype(np.float64)
    lost = log_loss_by_row(p, y) - log_loss_by_row(reference.p_click, y)
    lines = []
    for dimension, name, mask in [
        ("all", "all", np.ones(len(y), dtype=bool)),
        *named.masks((*PAGE_DIMENSIONS, *ROW_DIMENSIONS)),
    ]:
        rate = float(y[mask].mean())
        if mask.sum() < MIN_ROWS or not 0 < rate < 1:
            continue
        entropy = -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate))
        visitor = test.visitor[mask]
        lines.append(
            {
                "dimension": dimension,
                "slice": name,
                "n": int(mask.sum()),
                "rate": rate,
                "auc": auc(p[mask], y[mask]),
                "gauc": _or_none(grouped_auc(p[mask], y[mask], visitor)),
                "ece": calibration_error(p[mask], y[mask]),
                "bias": clustered_mean(p[mask] - y[mask], visitor).to_json(),
                "over": reference.name,
                "loss": clustered_mean(lost[mask] / entropy, visitor).to_json(),
            }
        )
    return lines


def _page_lines(
    models: ClickModels, test: ExampleRows, named: Slices, reference: SliceReference
) -> list[dict[str, Any]]:
    """nDCG@10 of the order that would serve, and its gain over that of the reference, by surface."""
    lines = []
    for surface in np.unique(test.surface).tolist():
        of_surface = test.surface == surface
        rows = test.take(of_surface)
        if not rows.gains.any():
            continue
        over = "live" if reference.models is not None else reference.over.get(surface, "popularity")
        ours = order_scores(models, surface, rows)
        if reference.models is not None:
            theirs = order_scores(reference.models, surface, rows)
        elif over in ("popularity", "own", "bm25", "relevance"):
            theirs = baseline_scores(over, rows.matrix, models.columns)
        else:  # computed elsewhere
            over, theirs = "popularity", baseline_scores("popularity", rows.matrix, models.columns)
        ndcg, base = (ndcg_by_group(rows.earned(), s, rows.page, k=DEPTH) for s in (ours, theirs))
        _, first = np.unique(rows.page, return_index=True)
        visitor, is_known = rows.visitor[first], ~np.isnan(ndcg)
        whole = ("all", "all", np.ones(len(test.clicks), dtype=bool))
        for dimension, name, mask in [whole, *named.masks(PAGE_DIMENSIONS)]:
            kept = mask[of_surface][first] & is_known
            if kept.sum() < MIN_PAGES or (dimension != "all" and kept.sum() == is_known.sum()):
                continue  # too small, or the whole surface once more
            lines.append(
                {
                    "dimension": dimension,
                    "slice": name,
                    "surface": surface,
                    "order": models.order_by.get(surface, "popularity"),
                    "ndcg10": float(ndcg[kept].mean()),
                    "over": over,
                    "gain": clustered_mean((ndcg - base)[kept], visitor[kept]).to_json(),
                }
            )
    return lines


def _or_none(value: float) -> float | None:
    """NaN has no place in a report: no visitor of the slice clicked on some and not on others."""
    return None if np.isnan(value) else value


def _distance(bias: dict[str, float]) -> float:
    """How far from 0 it surely is."""
    return max(0.0, bias["low"], -bias["high"])


def _worst(lines: list[dict[str, Any]], badness: Any) -> dict[str, Any] | None:
    """The slice that is surely the worst, by the end of its interval that speaks for it."""
    parts = [line for line in lines if line["dimension"] != "all"]
    return max(parts, key=badness, default=None)
