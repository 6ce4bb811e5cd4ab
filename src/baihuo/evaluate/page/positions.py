"""Charts by position: clicks, examination (estimated and used by the model) and calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from baihuo.evaluate.page.curves import Axes, Point, curve_chart
from baihuo.evaluate.page.intervals import Mark, interval_chart

Chart = tuple[str, str]  # title and SVG


def position_charts(clicks: Mapping[str, Any]) -> list[Chart]:
    """Draw clicks by position, predicted and real; examination; ECE by surface and position against that of chance."""
    by_position: Mapping[str, Any] = clicks.get("by_position", {})
    positions: Mapping[str, Any] = clicks.get("positions", {})

    def curve(name: str) -> list[Point]:
        return [Point(*at) for at in zip(by_position["position"], by_position[name], strict=True)]

    charts = []
    if by_position:
        title = "Clicks an impression, by position"
        axes = Axes("position on the page", "clicks an impression")
        both = {name: curve(name) for name in ("clicked", "predicted")}
        charts.append((title, curve_chart(both, axes, title)))
    surfaces = positions.get("examination", {}).get("surfaces", {})
    examined = {
        f"{surface}, estimated": [
            Point(at["position"], at["mid"], at["low"], at["high"]) for at in found["positions"]
        ]
        for surface, found in surfaces.items()
    }
    if by_position:
        examined["used by the model"] = curve("moved")
    title = "Examination relative to the top: estimated from randomised positions (95% over visitors), and used by the model"
    axes = Axes("position on the page", "over the top")
    charts.append((title, curve_chart(examined, axes, title)))
    return charts + _calibration(positions.get("p_click", []))


def _calibration(lines: list[Mapping[str, Any]]) -> list[Chart]:
    charts = []
    for surface in dict.fromkeys(line["surface"] for line in lines):
        marks = []
        for line in lines:
            if line["surface"] == surface:
                at, note = line["positions"], f"{line['n']:,} rows"
                marks.append(Mark(at, line["ece"], css="ours", note=note))
                marks.append(Mark(f"{at}, by chance", line["ece_by_chance"], css="baseline"))
        title = f"{surface}: ECE by position; by chance: that of perfect probabilities"
        charts.append((title, interval_chart(marks, title)))
    return charts
