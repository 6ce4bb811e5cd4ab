"""``baihuo features``: the state that serving reads, the file, the columns, the reports."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.core import NotFound, Progress, no_progress

if TYPE_CHECKING:
    from baihuo.evaluate import Interval
    from baihuo.monitor import ServedSkew
    from baihuo.settings import Shop
    from baihuo.train import FeatureReport


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
        int,
        typer.Option(min=1, max=20, help="For report: number of trainings averaged for each row."),
    ] = 3,
) -> None:
    """Compute the feature state for serving: every product and visitor as of now.

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


# ``baihuo features``: the gain from each line, and the skew of served pages.


def report_table(report: FeatureReport) -> Table:
    """One row for each line: its gain with 95% intervals; above 0 is better."""
    base = report.base
    table = Table(
        title="Gain from each line of the features file",
        caption=(
            f"added to {base['n_columns']:.0f} default columns: log-loss {base['log_loss']:.4f}, "
            f"nDCG@10 {base['ndcg10']:.4f}; {report.n_test:,} newest impressions, "
            f"{report.n_test_clicks:,} clicks; {report.n_seeds} trainings for each row; 95% intervals over "
            "visitors. “other seeds” and “noise” have no gain: they show the effect of chance."
        ),
        box=box.SIMPLE,
    )
    for name in ("line", "kind", "columns"):
        table.add_column(name)
    for name in ("log-loss × 1000", "nDCG@10 × 100", "verdict"):
        table.add_column(name, justify="right")
    for row in report.rows:
        table.add_row(
            row.name,
            row.kind,
            str(row.n_columns),
            _interval(row.log_loss, 1000),
            _interval(row.ndcg10, 100),
            row.verdict,
            style="dim" if row.kind == "control" else "",
        )
    return table


def skew_lines(skew: ServedSkew) -> str:
    """Describe training-serving skew of served pages in a few lines."""
    if not skew.n_values:
        return f"nothing was compared: {skew.why_nothing}"
    lines = [
        f"{skew.n_values:,} values of {skew.n_pages:,} pages of bundle {skew.bundle_id}:",
        f"  {skew.share_different:.3%} differ from the SQL over the events serving knew",
        f"  {skew.share_late:.3%} are explained by a worker a moment behind the log",
        f"  {skew.share_after_checks:.3%} differ after the checks: serving had counted rows removed later",
        *(f"  {name}: {share:.2%} of its values differ" for name, share in skew.worst),
    ]
    return "\n".join(lines)


def _interval(gain: Interval, scale: int) -> str:
    return f"{gain.mid * scale:+.2f} [{gain.low * scale:+.2f}, {gain.high * scale:+.2f}]"


# ``baihuo features``: the columns, and the gain from each line of the file.


def column_names(shop: Shop) -> list[str]:
    """Return every column that the shop's click models may read, in order."""
    from baihuo import flow
    from baihuo.model_inputs import click_columns

    return [*click_columns(flow.declared_features(shop).feature_set())]


def make_feature_report(
    shop: Shop, *, n_seeds: int = 3, progress: Progress = no_progress
) -> tuple[FeatureReport, Path]:
    """Train with and without each line of ``features.yaml``; if it has none, each line of the default file.

    Returns:
        The report, and the JSON file it is written to, ``4-train/features.json``.

    Raises:
        QualityStop: the data failed its checks.
        Unsupported: too few clicks to measure.
    """
    from baihuo import flow
    from baihuo.engine import written_whole
    from baihuo.features import example_features
    from baihuo.quality import QualityReport
    from baihuo.train import ClickSource, ClickTraining, click_data, feature_report

    QualityReport.load(shop.quality_report).raise_if_stopped()
    settings, declared = shop.settings(), flow.declared_features(shop)
    file = declared if declared.features else example_features()
    config = ClickTraining(
        attribution_minutes=settings.train.attribution_minutes,
        min_test_clicks=settings.train.min_test_clicks,
        seed=settings.train.seed,
        threads=settings.engine.threads or 2,
    )
    generation = flow.open_index(shop, flow.make_index(shop, progress=progress))
    source = ClickSource(
        tables=flow.engine(shop),
        events=shop.clean_events,
        products=shop.clean_products,
        generation=generation,
    )
    data = click_data(
        source,
        out=shop.features / "report",
        declared=file,
        config=config,
        progress=progress,
    )
    report = feature_report(data, file, config=config, n_seeds=n_seeds, progress=progress)
    out = shop.train / "features.json"
    with written_whole(out) as part:
        part.write_text(json.dumps(report.to_json(), indent=1) + "\n", encoding="utf-8")
    return report, out
