"""Judged searches in the learned order and by words alone, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from baihuo.cli.tables.cells import count, empty_table, interval
from baihuo.release import JudgedComparison

_MEASURES = {"right_at_10": "right@10", "ndcg10": "nDCG@10"}


def judged_table(lines: Sequence[JudgedComparison]) -> Table:
    """A row a judged set and measure."""
    table = empty_table(
        "Judged searches: learned order and words alone, 95% interval of the difference",
        "set",
        "measure",
        "queries",
        "words",
        "learned",
        "best order",
        "learned - words",
    )
    for line in lines:
        table.add_row(
            line.of,
            _MEASURES[line.measure],
            count(line.n),
            f"{line.words:.4f}",
            f"{line.learned:.4f}",
            "not known" if line.best is None else f"{line.best:.4f}",
            interval(line.gain.to_json()),
        )
    return table
