"""``baihuo features``: the state that serving looks up, the file, the columns, the reports."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.core import NotFound


class FeaturesVerb(StrEnum):
    """What ``baihuo features`` is asked for."""

    STATE = "state"
    FILE = "file"
    COLUMNS = "columns"
    REPORT = "report"
    SKEW = "skew"


def features(
    what: Annotated[
        FeaturesVerb,
        typer.Argument(
            help="state, file (a features.yaml to begin with), columns, report, or skew."
        ),
    ] = FeaturesVerb.STATE,
    shop: ShopOption = None,
    fits: Annotated[
        int, typer.Option(min=1, max=20, help="Of the report: trainings averaged, each row.")
    ] = 3,
) -> None:
    """Compute what serving looks up: the state of every product and visitor as of now.

    `skew` compares the newest served pages with the SQL that training reads; /metrics, `baihuo status`
    and the gate show what it last found.

    \b
    baihuo features
    baihuo features file > shop/features.yaml
    baihuo features columns
    baihuo features report --fits 3
    baihuo features skew
    """
    from baihuo import flow
    from baihuo.cli.features_report import column_names, make_feature_report
    from baihuo.cli.tables.features import report_table, skew_lines
    from baihuo.features.spec.file import DEFAULT_TEXT

    if what is FeaturesVerb.FILE:
        typer.echo(DEFAULT_TEXT, nl=False)
        return
    with shop_context(shop) as (folder, progress):
        if what is FeaturesVerb.COLUMNS:
            typer.echo("\n".join(column_names(folder)))
        elif what is FeaturesVerb.REPORT:
            report, written = make_feature_report(folder, n_seeds=fits, progress=progress)
            stdout.print(report_table(report))
            stderr.print(f"report: {written}")
        elif what is FeaturesVerb.SKEW:
            skew = flow.measure_skew(folder, progress=progress)
            if skew is None:
                raise NotFound(
                    "no page was served and checked yet", fix="baihuo serve; baihuo check"
                )
            stdout.print(skew_lines(skew), markup=False, highlight=False)
        else:
            typer.echo(flow.make_state(folder, progress=progress))
