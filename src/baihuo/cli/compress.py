"""``baihuo compress``: smaller forms of a model that ``baihuo train --table`` made, and the smallest that is good enough."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def compress(
    model: Annotated[Path, typer.Argument(help="The folder that `baihuo train --table` wrote.")],
    table: Annotated[
        Path,
        typer.Option(help="Rows with labels: they refine smaller networks and measure all forms."),
    ],
    validation: Annotated[
        Path | None, typer.Option(help="Rows to measure on (default: the last tenth of --table).")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Output folder (default: the model's name with .small).")
    ] = None,
    max_loss: Annotated[
        float,
        typer.Option(
            min=0.0,
            help="Largest loss of AUC, or of nDCG if rows have groups; and as a share of log-loss or RMSE.",
        ),
    ] = 0.002,
    as_json: Annotated[
        bool, typer.Option("--json", help="The report as JSON on standard output.")
    ] = False,
) -> None:
    """Measure smaller forms of a trained model and write the smallest that loses at most `--max-loss`.

    Tables of vectors are kept in half precision, in bytes or of half the rank; hidden layers multiply bytes; half of the units or the last
    layer are pruned and the rest is fine-tuned; a network with a quarter of the units is distilled from the large one; an ensemble is
    distilled into its first network. The table shows size, CPU time of 200 rows, and quality. Needs baihuo[train]; the result does not.

    \b
    baihuo compress model --table train.csv
    baihuo compress model --table train.csv --validation newer.csv --max-loss 0.005 --out small
    """
    from baihuo.cli.table_model import compress_model

    compress_model(model, table, validation, out, max_loss, as_json=as_json)
