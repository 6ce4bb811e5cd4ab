"""What ``baihuo tune`` does."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError

from baihuo.cli.context import shop_context, stderr, stdout
from baihuo.cli.table_model import Asked, deep_settings, of_shop, table_spec
from baihuo.core import BadInput, load_yaml
from baihuo.train import MEASURE_WORDS, TableTraining, TableTuning, TuneSettings, tune_table

_CTRL_C = 130  # 128 + SIGINT, as a shell has it


def tune_on_table(
    asked: Asked,
    space: Path | None,
    options: dict[str, Any],
    shop: Path | None,
    *,
    as_json: bool,
) -> None:
    """Search, and print what was found."""
    started_at = time.monotonic()
    options_of_train = _of_train(asked)
    if asked.table.is_dir():
        asked = of_shop(asked)
    with shop_context(shop) as (folder, progress):
        shops = folder.settings()
        job = TableTuning(
            training=TableTraining(
                table=asked.table,
                out=asked.out,
                spec=table_spec(asked.spec, asked.label, asked.group),
                settings=deep_settings(shops.deep, asked.settings),
                validation=asked.validation,
                restart=asked.restart,
            ),
            tuning=_tuning(shops.tune, space, options),
            options=options_of_train,
            started_at=started_at,
        )
        report = tune_table(
            job, progress=progress, say=lambda line: stderr.print(line, highlight=False)
        )
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
    else:
        _print(report, asked.out)
    if report["is_interrupted"]:
        raise typer.Exit(_CTRL_C)


def _of_train(asked: Asked) -> tuple[str, ...]:
    """The options that name the same rows for ``baihuo train``."""
    given = {
        "--table": asked.table,
        "--label": asked.label,
        "--group": asked.group,
        "--validation": asked.validation,
        "--spec": asked.spec,
    }
    return tuple(str(word) for name, value in given.items() if value for word in (name, value))


def _tuning(tuning: TuneSettings, file: Path | None, options: dict[str, Any]) -> TuneSettings:
    """Those of the shop, else those of the file, changed by options.

    Raises:
        BadInput: the file is not there or cannot be used, or an option is out of range.
    """
    if file is not None:
        if not file.is_file():
            raise BadInput(f"there is no file {file}", fix="name a YAML file")
        tuning = load_yaml(file, TuneSettings)
    try:
        return TuneSettings.model_validate({**tuning.model_dump(), **options})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise BadInput(
            f"--{name}: {first['msg']} (got {first['input']!r})", fix="baihuo tune --help"
        ) from error


def _print(report: dict[str, Any], out: Path) -> None:
    n, before, measure = report["trials"], report["before"], report["measure"]
    stderr.print(
        f"{n['finished']} trials finished, {n['pruned']} pruned, {n['failed']} failed, {n['stopped']} stopped; "
        f"{report['ended']}",
        highlight=False,
    )
    line = f"{MEASURE_WORDS[measure]}: {report['best']['value']:.5f}"
    if before is not None:
        line += f" (current settings: {before['value']:.5f})"
    stdout.print(line, highlight=False)
    for name, value in report["best"]["settings"].items():
        share = report["importance"].get(name)
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
        line = f"  {name}: {text}"
        stdout.print(
            line + (f" ({share:.0%} of what mattered)" if share else ""),
            markup=False,
            highlight=False,
        )
    typer.echo(report["command"])
    typer.echo(str(out / "report.html"))
