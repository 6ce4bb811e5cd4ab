"""``baihuo explain-table``: why a model of a table gives a row its score."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from baihuo.cli.context import stdout
from baihuo.cli.tables.cells import empty_table

if TYPE_CHECKING:
    from baihuo.train import RowExplanation


def explain_table(
    model: Annotated[Path, typer.Argument(help="The folder that `baihuo train --table` wrote.")],
    table: Annotated[Path, typer.Argument(help="A CSV or Parquet file with the same columns.")],
    row: Annotated[
        list[int] | None,
        typer.Option(help="Which row of the file, 1 is the first. Repeat for several."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="So many columns, the largest first.")] = 10,
    as_json: Annotated[
        bool, typer.Option("--json", help="Rows with all columns as JSON, a line each.")
    ] = False,
) -> None:
    """Say why a row has its score: what each column added or took away (integrated gradients), and the score without it.

    It starts from a row of which nothing is known: values unknown, numbers average, histories empty. What the columns add from there
    sums to the row's log-odds (of two outcomes to the log of the probability of both, else to the predicted number). "Without it" is the model
    asked once more about the same row with that column so. Without --row: what mattered most over the first 500 rows. Needs baihuo[train].

    \b
    baihuo explain-table model test.csv --row 3
    baihuo explain-table model test.csv --row 3 --row 17 --top 5
    baihuo explain-table model test.csv
    baihuo explain-table model test.csv --row 3 --json
    """
    from baihuo.train import TableExplainer

    explainer = TableExplainer(model)
    if not row:
        found = explainer.mattered(table)
        if as_json:
            typer.echo(json.dumps(found, ensure_ascii=False))
        else:
            stdout.print(mattered_table(found, top))
        return
    for explanation in explainer.explain(table, row):
        if as_json:
            typer.echo(json.dumps(explanation.to_json(), ensure_ascii=False))
        else:
            stdout.print(row_reasons(explanation, top))


# Why a row of a table has its score: a sentence, and a table of what its columns added.


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
