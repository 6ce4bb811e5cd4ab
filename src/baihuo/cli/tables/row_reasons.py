"""Why a row of a table has its score: a sentence, and a table of what its columns added."""

from __future__ import annotations

from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from baihuo.cli.tables.cells import empty_table
from baihuo.train import RowExplanation


def row_reasons(one: RowExplanation, top: int) -> Group:
    """In words first; then the columns, the largest first."""
    table = empty_table("", "column", "value", "added", "score without it")
    for contribution in one.contributions[:top]:
        table.add_row(
            Text(contribution.name),
            Text(contribution.value),
            f"{contribution.amount:+.3f}",
            _score(one, contribution.without),
        )
    rest = one.contributions[top:]
    if rest:
        table.add_row(
            f"{len(rest)} more columns", "", f"{sum(c.amount for c in rest):+.3f}", "", style="dim"
        )
    return Group(Text(in_words(one)), table)


def in_words(one: RowExplanation) -> str:
    """One or two sentences.

    >>> from baihuo.train import Contribution
    >>> reason = Contribution(name="city", value="oslo", amount=0.4, without=0.05)
    >>> row = RowExplanation(row=3, outcome="click", score=0.08, nothing_known=0.05, unit="log-odds", gap=0.0, contributions=(reason,))
    >>> print(in_words(row))
    Row 3: P(click) is 8.0%, with nothing known of the row 5.0%. What raises it most is city (oslo): without it 5.0%. Amounts are in log-odds.
    """
    subject = f"P({one.outcome}) is" if _is_probability(one) else f"{one.outcome} is"
    words = [
        f"Row {one.row}: {subject} {_score(one, one.score)}, with nothing known of the row {_score(one, one.nothing_known)}."
    ]
    for verb, sign in (("raises", 1), ("lowers", -1)):
        best = max(one.contributions, key=lambda c: sign * c.amount, default=None)
        if best is not None and sign * best.amount > 0:
            words.append(
                f"What {verb} it most is {best.name} ({best.value}): without it {_score(one, best.without)}."
            )
    words.append(f"Amounts are in {one.unit}.")
    return " ".join(words)


def mattered_table(found: dict[str, Any], top: int) -> Table:
    """Columns by what they moved outputs on average."""
    table = empty_table(
        f"What moved the scores of {found['rows']:,} rows most ({found['unit']})",
        "column",
        "moved by",
        "raised",
        "lowered",
    )
    for line in found["columns"][:top]:
        table.add_row(
            Text(line["name"]),
            f"{line['moved']:.3f}",
            f"{line['raised']:.0%} of rows",
            f"{line['lowered']:.0%} of rows",
        )
    return table


def _is_probability(one: RowExplanation) -> bool:
    return one.unit != "predicted number"


def _score(one: RowExplanation, score: float) -> str:
    return f"{score:.1%}" if _is_probability(one) else f"{score:.4g}"
