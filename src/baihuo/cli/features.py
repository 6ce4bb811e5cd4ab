"""``baihuo features``: the state that serving reads, the file, the columns, the reports."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.core import NotFound


class FeaturesAction(StrEnum):
    """What ``baihuo features`` does."""

    STATE = "state"
    FILE = "file"
    COLUMNS = "columns"
    REPORT = "report"
    SKEW = "skew"


def features(
    action: Annotated[
        FeaturesAction,
        typer.Argument(
            help="state, file (a features.yaml to start from), columns, report, or skew."
        ),
    ] = FeaturesAction.STATE,
    shop: ShopOption = None,
    fits: Annotated[
        int, typer.Option(min=1, max=20, help="For report: how many trainings each row averages.")
    ] = 3,
) -> None:
    """Compute the feature state that serving reads: every product and visitor as of now.

    `skew` compares features of the newest served pages with the SQL that training uses; /metrics,
    `baihuo status` and the gate show the last result.

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
    from baihuo.features import DEFAULT_TEXT

    if action is FeaturesAction.FILE:
        typer.echo(DEFAULT_TEXT, nl=False)
        return
    with shop_context(shop) as (folder, progress):
        if action is FeaturesAction.COLUMNS:
            typer.echo("\n".join(column_names(folder)))
        elif action is FeaturesAction.REPORT:
            report, written = make_feature_report(folder, n_seeds=fits, progress=progress)
            stdout.print(report_table(report))
            stderr.print(f"report: {written}")
        elif action is FeaturesAction.SKEW:
            skew = flow.measure_skew(folder, progress=progress)
            if skew is None:
                raise NotFound("no served page was checked yet", fix="baihuo serve; baihuo check")
            stdout.print(skew_lines(skew), markup=False, highlight=False)
        else:
            typer.echo(flow.make_state(folder, progress=progress))
