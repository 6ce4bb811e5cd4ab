"""``baihuo explain-table``: why a model of a table gives a row its score."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import stdout


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
    from baihuo.cli.tables.row_reasons import mattered_table, row_reasons
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
