"""``baihuo train``: train a bundle of models on clean data, or one model on a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.core import BadInput

# ``baihuo compress``: smaller forms of a model that ``baihuo train --table`` made, and the smallest that is good enough.


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

    Tables of vectors are kept in bytes; half of the units are pruned and the rest is fine-tuned; an ensemble is distilled into its first
    network. The table shows size, CPU time of 200 rows, and quality. Needs baihuo[train]; the result does not.

    \b
    baihuo compress model --table train.csv
    baihuo compress model --table train.csv --validation newer.csv --max-loss 0.005 --out small
    """
    from baihuo.cli.table_model import compress_model

    compress_model(model, table, validation, out, max_loss, as_json=as_json)


# ``baihuo predict``: score a file's rows with a model that ``baihuo train --table`` made.


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


# ``baihuo index``: terms, vectors and columns of the catalogue.


def index(shop: ShopOption = None) -> None:
    """Build an index generation of the clean catalogue: terms, vectors, columns.

    \b
    baihuo index
    """
    from baihuo import flow

    with shop_context(shop) as (folder, progress):
        typer.echo(flow.make_index(folder, progress=progress))


def train(
    shop: ShopOption = None,
    no_clicks: Annotated[
        bool,
        typer.Option(
            "--no-clicks", help="Leave out the click models, which take most of the time."
        ),
    ] = False,
    start_from: Annotated[
        Path | None,
        typer.Option(
            help="Another shop's folder, or a bundle of it: start from its click models and its model of new visitors.",
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            help="Train one model on this CSV or Parquet file, or on the clicks and features of the shop in this folder."
        ),
    ] = None,
    label: Annotated[str | None, typer.Option(help="With --table: the column to predict.")] = None,
    group: Annotated[
        str | None,
        typer.Option(help="With --table: the column of a row's request, for the loss softmax."),
    ] = None,
    validation: Annotated[
        Path | None,
        typer.Option(help="With --table: newer rows (default: the last tenth of the table)."),
    ] = None,
    spec: Annotated[
        Path | None,
        typer.Option(
            help="With --table: YAML with the columns' roles: label, group, weight, categories, numbers, "
            "plain_numbers, ignore. Others are inferred from the first rows."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="With --table: the folder of the trained model.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="With --table: a setting under `deep` of shop.yaml, as NAME=VALUE. Repeat.",
        ),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(
            "--continue",
            help="With --table: start from this trained folder; new values get new vectors.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --table: the report as JSON.")
    ] = False,
) -> None:
    """Train on the clean data and write a bundle. Refused if the quality report stops training.

    With --table: train one model (logistic, mlp, deepfm, dcn; transformer for sequences) on a file of impressions, print its measures on
    newer rows, and write weights, ONNX and columns to --out. `baihuo predict` scores files with it. Settings are those under `deep` of
    shop.yaml, if there is one.

    \b
    baihuo train
    baihuo train --no-clicks
    baihuo train --start-from ../our-other-shop
    baihuo train --table train.csv --label click --out model
    baihuo train --table train.csv --label click --validation valid.csv --out model --set model=dcn --set layers=[400,400,400]
    """
    if table is None:
        given = {
            "--label": label,
            "--group": group,
            "--validation": validation,
            "--spec": spec,
            "--out": out,
            "--set": settings,
            "--continue": start,
            "--json": as_json,
        }
        if needless := [name for name, value in given.items() if value]:
            raise BadInput(f"{needless[0]} needs --table", fix="add --table FILE")
        _train_shop(shop, with_clicks=not no_clicks, start_from=start_from)
        return
    if start_from is not None:
        raise BadInput("--start-from cannot be combined with --table", fix="leave one out")
    if no_clicks:
        raise BadInput("--no-clicks cannot be combined with --table", fix="leave one out")
    if out is None:
        raise BadInput("--out is missing", fix="--out FOLDER, where the model is written")
    from baihuo.cli.table_model import Asked, train_on_table

    asked = Asked(table, label, group, validation, spec, out, settings or [], start)
    train_on_table(asked, shop, as_json=as_json)


def _train_shop(shop: Path | None, *, with_clicks: bool, start_from: Path | None) -> None:
    from baihuo import flow
    from baihuo.cli.model_tables import models_table

    with shop_context(shop) as (folder, progress):
        trained = flow.train(
            folder, with_clicks=with_clicks, start_from=start_from, progress=progress
        )
        due = flow.retraining_due(folder)
        report = flow.evaluate(folder, trained.bundle_id)
    stdout.print(models_table(report))
    if due is not None:
        stderr.print(due, markup=False, highlight=False)
    typer.echo(trained.bundle_id)
