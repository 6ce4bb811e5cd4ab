"""Slices of the newest pages as tables, and the worst of them by name."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from baihuo.cli.tables.cells import count, empty_table, interval

_WORDS = {
    "calibration": ("P(click) is furthest from what was clicked", "bias"),
    "loss": ("P(click) surprises most beside {over}", "loss"),
    "order": ("nDCG@10 is least beside {over}", "gain"),
}


def worst_slices(slices: dict[str, Any]) -> Text:
    """One line for each measure: the slice that is surely the worst."""
    lines = []
    for of, (words, name) in _WORDS.items():
        if (line := slices["worst"].get(of)) is not None:
            named = words.format(over=line["over"])
            lines.append(f"worst slice: {named}: {slice_name(line)}, {interval(line[name])}")
    return Text("\n".join(lines))


def slice_tables(slices: dict[str, Any]) -> list[Table]:
    """Every slice: P(click) by rows, orders by pages."""
    rows = empty_table(
        "P(click) by slice: 95% intervals over visitors",
        "slice",
        "rows in",
        "clicked",
        "AUC",
        "GAUC",
        "ECE",
        "predicted - clicked",
    )
    for line in slices["rows"]:
        rows.add_row(
            slice_name(line),
            count(line["n"]),
            f"{line['rate']:.3f}",
            f"{line['auc']:.3f}",
            "" if line.get("gauc") is None else f"{line['gauc']:.3f}",
            f"{line['ece']:.3f}",
            interval(line["bias"]),
        )
    pages = empty_table(
        "Orders by slice: 95% intervals over visitors",
        "slice",
        "pages",
        "nDCG@10",
        "over",
        "gain",
    )
    for line in slices["pages"]:
        pages.add_row(
            slice_name(line),
            count(line["gain"]["n"]),
            f"{line['ndcg10']:.3f}",
            line["over"],
            interval(line["gain"]),
        )
    return [rows, pages]


def slice_name(line: dict[str, Any]) -> str:
    """As in ``home, platform: web``."""
    name = "all" if line["dimension"] == "all" else f"{line['dimension']}: {line['slice']}"
    return f"{line['surface']}, {name}" if "surface" in line else name
