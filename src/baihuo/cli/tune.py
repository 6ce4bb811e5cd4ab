"""``baihuo tune``: search for the settings of a model on a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption


def tune(
    table: Annotated[
        Path,
        typer.Option(
            help="The CSV or Parquet file to train on, or a shop's folder: its clicks and features."
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="The folder of the trials and the report; one with trials goes on.")
    ],
    shop: ShopOption = None,
    label: Annotated[str | None, typer.Option(help="The column to predict.")] = None,
    group: Annotated[
        str | None,
        typer.Option(help="The request of a row, for the losses pairwise and softmax."),
    ] = None,
    validation: Annotated[
        Path | None,
        typer.Option(help="Newer rows, on which settings are compared (default: the last tenth)."),
    ] = None,
    spec: Annotated[
        Path | None, typer.Option(help="YAML that says what the columns are, as for train --table.")
    ] = None,
    space: Annotated[
        Path | None,
        typer.Option(
            help="YAML as under `tune` of shop.yaml: space, and also minutes, trials, jobs, pruner, measure."
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(help="The time for all (default: tune.minutes of shop.yaml, 10)."),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(help="Most trials in the folder, those of before included.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(help="Trainings at the same time (default: tune.jobs, 1).")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="A setting under `deep`, as NAME=VALUE; of a searched one, where the search begins. Repeat.",
        ),
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget the trials that are in --out.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Search for the settings with which a model on a table (train --table) is best on newer rows. The first trial is the current
    settings; trainings that fall behind end early.

    Writes report.html and report.md (what was tried, what mattered, what was pruned) and best.yaml to --out, and prints the
    command that trains with the best settings. Ctrl-C or a kill loses only the trainings in progress: the same command goes
    on. Exit code 130: stopped by Ctrl-C.

    \b
    baihuo tune --table train.csv --label click --out tuning --minutes 20
    baihuo tune --table train.csv --label click --validation valid.csv --out tuning --jobs 4 --set model=dcn
    baihuo tune --table train.csv --label click --out tuning --space space.yaml --trials 50

    \b
    space.yaml:
    space:
      learning_rate: {low: 0.0003, high: 0.1, log: true}
      layers: {choices: [[64], [256, 128], [400, 400, 400]]}
      dropout: {low: 0, high: 0.5}
    """
    from baihuo.cli.table_model import Asked
    from baihuo.cli.table_tuning import tune_on_table

    asked = Asked(table, label, group, validation, spec, out, settings or [], None, restart)
    given = {"minutes": minutes, "trials": trials, "jobs": jobs}
    options = {name: value for name, value in given.items() if value is not None}
    tune_on_table(asked, space, options, shop, as_json=as_json)
