"""What a reader asks of positions: how far down pages are read, and whether P(click) is right at each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Unsupported
from baihuo.evaluate import (
    Examination,
    calibration_error,
    error_by_chance,
    examination_by_surface,
)
from baihuo.train.clicks.data import ClickData
from baihuo.train.clicks.drawn import drawn_impressions
from baihuo.train.clicks.fit import ExampleRows
from baihuo.train.clicks.inputs import ClickSource
from baihuo.train.clicks.slice_report import MIN_ROWS
from baihuo.train.clicks.slices import in_order, position_names

SHOWN_POSITIONS = (1, 2, 3, 4, 6, 8, 12, 16, 24)


def position_report(
    source: ClickSource,
    data: ClickData,
    p_click: NDArray[np.float64],
    test: NDArray[np.bool_],
    *,
    seed: int,
) -> dict[str, Any]:
    """``examination``, or why it is not known; ``p_click``: calibration on the newest pages by surface and position.

    Args:
        p_click: ``[tested rows]``, calibrated, at the position each really had.
        test: ``[rows]`` of ``data``, which are tested.
        seed: Of the resampling.
    """
    drawn = drawn_impressions(source.tables, data.examples, source.placements)
    try:
        curves = examination_by_surface(drawn, seed=seed)
    except Unsupported as error:
        examined: dict[str, Any] = {"why_not": error.what, "fix": error.fix}
    else:
        examined = {"surfaces": {surface: _curve(curve) for surface, curve in curves.items()}}
    at = position_names(data.examples.column("position").to_numpy()[test])
    return {
        "examination": examined,
        "p_click": _by_position(p_click, data.rows.take(test), at, seed),
    }


def _curve(curve: Examination) -> dict[str, Any]:
    positions = [k for k in SHOWN_POSITIONS if k <= curve.deepest]
    return {
        **curve.to_json(),
        "positions": [{"position": k, **curve.interval(k).to_json()} for k in positions],
    }


def _by_position(
    p: NDArray[np.float64], rows: ExampleRows, at: NDArray[np.str_], seed: int
) -> list[dict[str, Any]]:
    """One line a surface, then one for each group of its positions from the top, as far as it has :data:`MIN_ROWS`."""
    lines = []
    for surface in np.unique(rows.surface).tolist():
        of_surface = rows.surface == surface
        groups = [("all", of_surface)]
        groups += [(name, of_surface & (at == name)) for name in in_order(np.unique(at).tolist())]
        for name, mask in groups:
            if mask.sum() < MIN_ROWS:
                continue
            clicks = rows.clicks[mask]
            lines.append(
                {
                    "surface": surface,
                    "positions": name,
                    "n": int(mask.sum()),
                    "clicked": float(clicks.mean()),
                    "predicted": float(p[mask].mean()),
                    "ece": calibration_error(p[mask], clicks),
                    "ece_by_chance": error_by_chance(p[mask], seed=seed),
                }
            )
    return lines
