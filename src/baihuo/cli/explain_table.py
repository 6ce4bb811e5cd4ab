"""``baihuo explain-table``: explain a table model's score of a row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from baihuo.cli.context import stdout
from baihuo.cli.tables import empty_table

if TYPE_CHECKING:
    from baihuo.train import RowExplanation


def explain_table(
    model: Annotated[Path, typer.Argument(help="The folder that `baihuo train --table` wrote.")],
    table: Annotated[Path, typer.Argument(help="A CSV or Parquet file with the same columns.")],
    row: Annotated[
        list[int] | None,
        typer.Option(help="Row of the file, from 1. Repeat for several."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Number of columns, the largest first.")] = 10,
    as_json: Annotated[
        bool, typer.Option("--json", help="Rows with all columns as JSON, a line each.")
    ] = False,
) -> None:
    """Explain a row's score: what each column adds (Shapley values), and the score without it. The baseline is an empty row: values
    unknown, numbers average, histories empty. The columns' amounts sum from there to the row's log-odds (for two outcomes to the log of the
    probability of both, else to the predicted number). "Without it" is the score of the row with that column empty. Without --row: the most
    important columns over the first 500 rows.

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


# A row's score: a sentence, and a table of the columns' amounts.


def row_reasons(one: RowExplanation, top: int) -> Group:
    """Explain in a sentence; then in a table of columns, the largest first."""
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
    """Explain a row in one or two sentences.

    >>> from baihuo.train import Contribution, RowExplanation
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
    """Build a table of columns by their average effect on outputs."""
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
