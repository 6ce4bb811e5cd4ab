"""``baihuo exam --independent``: dirt by another hand, graded from what the product writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich import box
from rich.table import Table

from baihuo.cli.context import stderr, stdout
from baihuo.cli.progress import progress_bars

if TYPE_CHECKING:
    from baihuo.exam import IndependentReport


def independent_exam(
    *,
    seeds: list[int] | None,
    data: Path | None,
    kinds: list[str],
    sizes: tuple[int | None, int | None],
    out: Path | None,
    as_json: bool,
) -> None:
    """Run it with a progress bar, write it, show it. ``sizes``: events and products."""
    from baihuo.exam import examine_independently

    with progress_bars(stderr) as progress:
        report = examine_independently(
            seeds=seeds or [1],
            data=data,
            kinds=kinds,
            n_events=sizes[0],
            n_products=sizes[1],
            progress=progress,
        )
    if out is not None:
        report.write(out)
        stderr.print(f"report: {out / 'independent.html'}")
    if as_json:
        typer.echo(report.to_json(), nl=False)
        return
    for table in tables(report):
        stdout.print(table)


def tables(report: IndependentReport) -> list[Table]:
    """The kinds, a line each (what a kind is stands in the page); then the totals."""
    kinds = Table(
        title="Independent exam, by kind of dirt (* found completely)", box=box.SIMPLE_HEAD
    )
    for n, head in enumerate(report.heads[:1] + report.heads[2:]):
        kinds.add_column(head, justify="right" if n else "left", overflow="fold")
    for row in report.rows():
        kinds.add_row(*row[:1], *row[2:])
    sums = Table(title="In all", box=box.SIMPLE_HEAD, show_header=False)
    for name, text in report.sums():
        sums.add_row(name, text)
    return [kinds, sums]
