"""How far down pages are read, and whether P(click) is right at each position, as tables."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from baihuo.cli.tables.cells import count, empty_table
from baihuo.evaluate import why_no_examination


def position_tables(positions: dict[str, Any]) -> list[Table | Text]:
    """Examination by position, or why it is not known; then calibration by surface and position."""
    why_not = why_no_examination(positions)
    shown: list[Table | Text] = [
        Text(why_not) if why_not else _examination(positions["examination"]["surfaces"])
    ]
    if lines := positions["p_click"]:
        shown.append(_calibration(lines))
    return shown


def _examination(surfaces: dict[str, Any]) -> Table:
    table = empty_table(
        "How often a position is looked at, beside the top: from impressions placed by chance, 95% intervals over visitors",
        "position",
        *(f"{name} ({count(curve['n_clicks'])} clicks)" for name, curve in surfaces.items()),
    )
    by_surface = [{p["position"]: p for p in curve["positions"]} for curve in surfaces.values()]
    for k in sorted({k for of in by_surface for k in of}):
        table.add_row(str(k), *(_cell(of.get(k)) for of in by_surface))
    return table


def _cell(at: dict[str, float] | None) -> str:
    return "" if at is None else f"{at['mid']:.2f} [{at['low']:.2f}, {at['high']:.2f}]"


def _calibration(lines: list[dict[str, Any]]) -> Table:
    table = empty_table(
        "P(click) by surface and position, on the newest pages (by chance: the ECE of perfect probabilities)",
        "surface",
        "positions",
        "rows in",
        "clicked",
        "predicted",
        "ECE",
        "by chance",
    )
    for line in lines:
        table.add_row(
            line["surface"],
            line["positions"],
            count(line["n"]),
            *(f"{line[name]:.3f}" for name in ("clicked", "predicted", "ece", "ece_by_chance")),
        )
    return table
