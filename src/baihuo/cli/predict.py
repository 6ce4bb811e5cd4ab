"""``baihuo predict``: score a file's rows with a model that ``baihuo train --table`` made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def predict(
    model: Annotated[Path, typer.Argument(help="The folder that `baihuo train --table` wrote.")],
    table: Annotated[Path, typer.Argument(help="A CSV or Parquet file with the same columns.")],
    out: Annotated[
        Path | None, typer.Option(help="Output file (default: the table's name with .scores.csv).")
    ] = None,
    whole: Annotated[
        bool,
        typer.Option(
            "--whole", help="Score with the trained network even if a smaller one serves."
        ),
    ] = False,
) -> None:
    """Score each row of a file: `row` (1 is the first) and `score`, a probability or the predicted number. Values unseen in training count
    as unknown. If the file has the label, AUC and log-loss are printed, too. Needs no torch.

    \b
    baihuo predict model test.csv
    baihuo predict model test.parquet --out scores.csv
    baihuo predict model test.parquet --whole --out whole.csv
    """
    from baihuo.cli.table_model import score_table

    score_table(model, table, out, whole=whole)
