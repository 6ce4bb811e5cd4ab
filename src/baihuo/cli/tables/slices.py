"""Slices of the newest pages as tables."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from baihuo.cli.tables.cells import count, empty_table, interval
from baihuo.evaluate import slice_name


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
