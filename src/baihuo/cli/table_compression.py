"""What ``baihuo compress`` does, and its table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from baihuo.cli.context import shop_context, stdout
from baihuo.train import MEASURE_WORDS, Compression, compress_table


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
    """A row a form; the chosen one is marked."""
    measures = list(report["forms"][0]["measures"])
    table = Table(
        "", "network", "vectors", "layers", "MB", "ms", *(MEASURE_WORDS[name] for name in measures)
    )
    for form in report["forms"]:
        table.add_row(
            "→" if form["is_chosen"] else "",
            form["name"],
            form["rows"],
            form["layers"],
            f"{form['bytes'] / 1e6:.2f}",
            f"{form['cpu_ms']:.2f}",
            *(f"{form['measures'][name]:.4f}" for name in measures),
        )
    return table
