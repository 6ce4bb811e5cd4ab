"""Models of tables for ``baihuo train --table`` and ``baihuo predict``."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import typer
import yaml
from pydantic import ValidationError
from rich.table import Table

from baihuo.cli.context import shop_context, split_pair, stderr, stdout
from baihuo.core import BadInput, YamlProblem, load_yaml, parse_yaml
from baihuo.models import DeepSettings
from baihuo.settings import shop_folder
from baihuo.settings_docs import kind_of, shown
from baihuo.train import (
    MEASURE_WORDS,
    Compression,
    TableModel,
    TableSpec,
    TableTraining,
    TuneSettings,
    compress_table,
    measure_scores,
    train_table,
    tune_table,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of ``baihuo train --table``, and of ``baihuo tune``."""

    table: Path
    label: str | None
    group: str | None
    validation: Path | None
    spec: Path | None
    out: Path
    settings: list[str]
    start: Path | None = None


def train_on_table(asked: Asked, shop: Path | None, *, as_json: bool) -> None:
    """Train, and print the report."""
    if asked.table.is_dir():
        asked = of_shop(asked)
    with shop_context(shop) as (folder, progress):
        job = TableTraining(
            table=asked.table,
            out=asked.out,
            spec=table_spec(asked.spec, asked.label, asked.group),
            settings=deep_settings(folder.settings().deep, asked.settings),
            validation=asked.validation,
            start=asked.start,
        )
        report = train_table(job, progress=progress)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
        return
    stderr.print(
        f"{report['rows']:,} rows, {len(report['categories'])} categories, {len(report['numbers'])} numbers, "
        f"{report['seconds']:.0f} s",
        highlight=False,
    )
    _print_measures(report["validation"], report["validation_rows"])
    _print_serving(report["served"])
    typer.echo(str(asked.out))


def score_table(model: Path, table: Path, out: Path | None, *, whole: bool) -> None:
    """Score a file's rows into a CSV file, and print measures if it has labels."""
    opened = TableModel(model, whole=whole)
    target = out or table.with_suffix(".scores.csv")
    new = target.with_name(f"{target.name}.{os.getpid()}.new")
    scores, labels = [], []
    try:
        with new.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["row", "score"])
            n_rows = 0
            for part, known in opened.score_file(table):
                rows = range(n_rows + 1, n_rows + len(part) + 1)
                shown = (f"{score:.6g}" for score in part.tolist())
                writer.writerows(zip(rows, shown, strict=True))
                n_rows += len(part)
                if known is not None:
                    scores.append(part)
                    labels.append(known)
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
    if labels:
        found = np.concatenate(scores)
        loss = str(opened.settings["loss"])
        _print_measures(measure_scores(found, np.concatenate(labels), loss=loss), n_rows)
    typer.echo(str(target))


def of_shop(asked: Asked) -> Asked:
    """Make a table of a shop: its impressions with their features, clicks as the label."""
    from baihuo.flow import shop_table

    table = shop_table(shop_folder(asked.table), asked.out / "shop.parquet")
    label, group = asked.label or "is_clicked", asked.group or "query_id"
    return replace(asked, table=table, label=label, group=group)


def table_spec(file: Path | None, label: str | None, group: str | None) -> TableSpec:
    """Return the columns' spec: the file, changed by the options. Raises: BadInput: the file is missing or wrong."""
    spec = TableSpec()
    if file is not None:
        if not file.is_file():
            raise BadInput(f"there is no file {file}", fix="name a YAML file")
        spec = load_yaml(file, TableSpec)
    given = {"label": label, "group": group}
    return spec.model_copy(update={k: v for k, v in given.items() if v is not None})


def deep_settings(settings: DeepSettings, pairs: list[str]) -> DeepSettings:
    """Return the shop's settings, changed by ``--set``.

    Raises:
        BadInput: no such setting, or a value that it does not allow.
    """
    lines = settings.model_dump(mode="json", exclude_unset=True)
    for pair in pairs:
        name, value = split_pair(pair, "--set", "NAME=VALUE")
        try:
            lines[name] = yaml.safe_load(value)
        except yaml.YAMLError:
            lines[name] = value
    try:
        return parse_yaml(yaml.safe_dump(lines), DeepSettings)
    except YamlProblem as problem:
        if not problem.path and problem.kind:  # each is valid, but not all together
            what = problem.what.removeprefix("Value error, ")
            raise BadInput(f"--set: {what}", fix="change one of these settings") from problem
        raise BadInput(f"--set {problem}", fix=_fix(problem)) from problem


def _fix(problem: YamlProblem) -> str:
    name = str(problem.path[0]) if problem.path else ""
    if name in DeepSettings.model_fields:
        field = DeepSettings.model_fields[name]
        meaning = f"{name}: {kind_of(field)}; default {shown(field.default)}. {field.description}"
        return meaning.replace("`", "")
    names = ", ".join(DeepSettings.model_fields)
    return problem.fix if "did you mean" in problem.fix else f"settings are {names}"


def _print_measures(measures: dict[str, float], n_rows: int) -> None:
    for name, value in measures.items():
        stdout.print(f"{MEASURE_WORDS[name]}: {value:.4f} ({n_rows:,} rows)", highlight=False)


def _print_serving(served: dict[str, Any]) -> None:
    """Print which network serves, if not the trained one."""
    if served["form"] == "whole":
        return
    whole, small = served["forms"][0], served["forms"][-1]
    worth = ", ".join(
        f"{MEASURE_WORDS[name]} {small['measures'][name]:.4f} instead of {value:.4f}"
        for name, value in whole["measures"].items()
    )
    stderr.print(
        f"a smaller network serves ({small['name']}): {small['bytes'] / 1e6:.2f} MB instead of {whole['bytes'] / 1e6:.2f}, "
        f"{small['cpu_ms']:.2f} ms for 200 rows instead of {whole['cpu_ms']:.2f}; {worth}. --set serves=whole: the trained one",
        highlight=False,
    )


_CTRL_C = 130  # 128 + SIGINT, as a shell has it


def tune_on_table(
    asked: Asked,
    space: Path | None,
    options: dict[str, Any],
    shop: Path | None,
    *,
    restart: bool,
    as_json: bool,
) -> None:
    """Search, and print the result."""
    options_of_train = _train_options(asked)
    if asked.table.is_dir():
        asked = of_shop(asked)
    with shop_context(shop) as (folder, progress):
        shops = folder.settings()
        report = tune_table(
            TableTraining(
                table=asked.table,
                out=asked.out,
                spec=table_spec(asked.spec, asked.label, asked.group),
                settings=deep_settings(shops.deep, asked.settings),
                validation=asked.validation,
            ),
            tuning_settings(shops.tune, space, options),
            restart=restart,
            options=options_of_train,
            progress=progress,
            say=lambda line: stderr.print(line, highlight=False),
        )
    print_tuning(report, asked.out, as_json=as_json)


def print_tuning(report: dict[str, Any], out: Path, *, as_json: bool) -> None:
    """Print the result, and end as Ctrl-C does if that ended it."""
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
    else:
        _print(report, out)
    if report["ended"] == "stopped by Ctrl-C":
        raise typer.Exit(_CTRL_C)


def _train_options(asked: Asked) -> tuple[str, ...]:
    """Return the options of ``baihuo train`` for the same rows."""
    given = {
        "--table": asked.table,
        "--label": asked.label,
        "--group": asked.group,
        "--validation": asked.validation,
        "--spec": asked.spec,
    }
    return tuple(str(word) for name, value in given.items() if value for word in (name, value))


def tuning_settings(
    tuning: TuneSettings, file: Path | None, options: dict[str, Any]
) -> TuneSettings:
    """Return the settings of the file, else of the shop, changed by options. Raises: BadInput: the file is missing or wrong, or an option
    is out of range.
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
    n, best = Counter(trial["state"] for trial in report["trials"]), report["best"]
    stderr.print(
        f"{n['complete']} trials finished, {n['pruned']} pruned, {n['fail']} failed; {report['ended']}",
        highlight=False,
    )
    words = MEASURE_WORDS[report["measure"]]
    line = f"{words}: {best['value']:.5f} (first trial: {report['first']['value']:.5f})"
    stdout.print(line, highlight=False)
    for name, value in best["settings"].items():
        share = report["importance"].get(name)
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
        line = f"  {name}: {text}"
        stdout.print(
            line + (f" ({share:.0%} of the importance)" if share else ""),
            markup=False,
            highlight=False,
        )
    typer.echo(report["command"])
    typer.echo(str(out / "best.yaml"))


def compress_model(
    model: Path,
    table: Path,
    validation: Path | None,
    out: Path | None,
    max_loss: float,
    *,
    as_json: bool,
) -> None:
    """Compress, and print the forms; the last line is the folder."""
    target = out or model.with_name(f"{model.name}.small")
    job = Compression(
        model=model, table=table, out=target, validation=validation, max_loss=max_loss
    )
    with shop_context(None) as (_, progress):
        report = compress_table(job, progress=progress)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
        return
    stdout.print(forms_table(report))
    typer.echo(str(target))


def forms_table(report: dict[str, Any]) -> Table:
    """Build a table with a row for each form; the chosen one is marked."""
    measures = list(report["forms"][0]["measures"])
    table = Table("", "network", "vectors", "MB", "ms", *(MEASURE_WORDS[name] for name in measures))
    for form in report["forms"]:
        table.add_row(
            "→" if form["is_chosen"] else "",
            form["name"],
            form["rows"],
            f"{form['bytes'] / 1e6:.2f}",
            f"{form['cpu_ms']:.2f}",
            *(f"{form['measures'][name]:.4f}" for name in measures),
        )
    return table
