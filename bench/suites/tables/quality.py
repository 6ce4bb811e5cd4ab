"""How well drift is found: docs/quality.md."""

from __future__ import annotations

from suites.tables.markdown import Row, table


def drift(rows: list[Row]) -> str:
    return table(
        ["check", "asked", "precision", "recall", "columns that moved", "weeks as they were"],
        (
            [
                f"`{r['check']}`",
                r["asked"],
                f"{r['precision']:.3f}",
                f"{r['recall']:.3f}",
                r["n_planted"],
                r["n_steady"],
            ]
            for r in rows
            if "check" in r
        ),
    )
