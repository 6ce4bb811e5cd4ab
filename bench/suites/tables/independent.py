"""The exam by another hand: docs/exam.md."""

from __future__ import annotations

from suites.tables.markdown import Row, table


def independent(rows: list[Row]) -> str:
    """The totals, then a line a kind; bold: not found completely, or repaired wrongly."""
    totals = table(["in all", ""], ([r["total"], r["text"]] for r in rows if "total" in r))
    kinds = table(
        ["kind", "planted", "found", "right check", "right action", "wrong repairs"],
        (
            [
                f"`{r['kind']}`",
                f"{r['planted']}{' (few)' if r['is_few'] else ''}",
                r["found"] if r["is_complete"] else f"**{r['found']}**",
                r["by_right_check"],
                r["right_action"],
                f"**{r['wrong_repairs']}**" if r["wrong_repairs"] else "",
            ]
            for r in rows
            if "kind" in r
        ),
    )
    return f"{totals}\n\n{kinds}"
