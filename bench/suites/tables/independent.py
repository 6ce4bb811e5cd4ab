"""The exam by another hand: docs/exam.md."""

from __future__ import annotations

from suites.tables.markdown import Row, table


def independent(rows: list[Row]) -> str:
    """The totals, and the kinds of which fewer than half of the rows were found."""
    sums, missed = ([r for r in rows if name in r] for name in ("total", "kind"))
    seeds = ", ".join(str(seed) for seed in sums[0]["seeds"])
    head = f"in all ({'seeds' if ', ' in seeds else 'seed'} {seeds})"
    totals = table([head, ""], ([r["total"], r["text"]] for r in sums))
    kinds = ", ".join(f"`{r['kind']}` {r['found']} of {r['planted']}" for r in missed)
    return f"{totals}\n\nFound in fewer than half of their rows: {kinds or 'none'}."
