"""The exam by another hand: docs/exam.md."""

from __future__ import annotations

from suites.tables.markdown import Row, table


def independent(rows: list[Row]) -> str:
    """The totals, then a line a kind, by the hand that thought of it; bold: not found completely, or repaired wrongly."""
    parts = [independent_totals(rows)]
    kinds = [r for r in rows if "kind" in r]
    hands = list(dict.fromkeys(r.get("hand", "first") for r in kinds))
    for hand in hands:
        if len(hands) > 1:
            parts.append(f"**Kinds of the {hand} hand**")
        parts.append(_kinds([r for r in kinds if r.get("hand", "first") == hand]))
    return "\n\n".join(parts)


def independent_totals(rows: list[Row]) -> str:
    """The totals alone."""
    sums = [r for r in rows if "total" in r]
    seeds = ", ".join(str(seed) for seed in sums[0]["seeds"]) if sums else ""
    head = f"in all ({'seeds' if ', ' in seeds else 'seed'} {seeds})"
    return table([head, ""], ([r["total"], r["text"]] for r in sums))


def _kinds(rows: list[Row]) -> str:
    return table(
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
        ),
    )
