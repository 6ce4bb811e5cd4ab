"""``baihuo features``: the file, the columns, and what each line added."""

from __future__ import annotations

import json
from pathlib import Path

from rich import box
from rich.table import Table

from baihuo import flow
from baihuo.core.progress import Progress, silent
from baihuo.encode import Encoders
from baihuo.engine import written_whole
from baihuo.evaluate import Interval
from baihuo.features.spec.file import every_line
from baihuo.index import Generation
from baihuo.model_inputs import click_columns
from baihuo.monitor.skew_file import ServedSkew
from baihuo.quality import EVENTS_FOLDER, QualityReport
from baihuo.settings import Shop
from baihuo.train import ClickTraining, click_data
from baihuo.train.reports.features import FeatureReport, feature_report


def column_names(shop: Shop) -> list[str]:
    """Every column that the click models of this shop may read, in order."""
    declared = flow.declared_features(shop)
    return [
        *click_columns(declared.feature_set()),
        *(c for line in declared.transforms for c in line.columns()),
    ]


def make_report(
    shop: Shop, *, n_seeds: int = 3, progress: Progress = silent
) -> tuple[FeatureReport, Path]:
    """Train with and without each line of ``features.yaml``; without a line in it, those of the default file.

    Returns:
        The report and the JSON file it is kept in, ``4-train/features.json``.

    Raises:
        QualityStop: the data failed its checks.
        Unsupported: too few clicks to tell.
    """
    QualityReport.load(shop.clean / "report.json").raise_if_stopped()
    said, declared = shop.settings(), flow.declared_features(shop)
    file = declared.model_copy(update={"select": None}) if declared.features else every_line()
    config = ClickTraining(
        attribution_minutes=said.train.attribution_minutes,
        min_test_clicks=said.train.min_test_clicks,
        seed=said.train.seed,
        threads=said.engine.threads or 2,
    )
    generation = Generation.open(
        flow.make_index(shop, progress=progress), Encoders.open(shop.train / "encoders")
    )
    data = click_data(
        flow.engine(shop),
        events=shop.clean / EVENTS_FOLDER,
        products=shop.clean / "products.parquet",
        generation=generation,
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


def report_table(report: FeatureReport) -> Table:
    """A row a line: what it added, with 95% intervals; above 0 is better."""
    base = report.base
    table = Table(
        title="What each line of the features file added",
        caption=(
            f"added to {base['n_columns']:.0f} default columns: log-loss {base['log_loss']:.4f}, "
            f"AUC {base['auc']:.4f}, nDCG@10 {base['ndcg10']:.4f}; {report.n_test:,} newest impressions, "
            f"{report.n_test_clicks:,} clicks; {len(report.seeds)} trainings a row; 95% intervals over "
            "visitors. “other seeds” and “noise” add nothing: they show what chance does."
        ),
        box=box.SIMPLE,
    )
    for name in ("line", "kind", "columns"):
        table.add_column(name)
    for name in ("log-loss × 1000", "AUC × 100", "nDCG@10 × 100", "verdict"):
        table.add_column(name, justify="right")
    for row in report.rows:
        table.add_row(
            row.name, row.kind, str(row.n_columns), _said(row.log_loss, 1000), _said(row.auc, 100),
            _said(row.ndcg10, 100), row.verdict, style="dim" if row.kind == "control" else "",
        )  # fmt: skip
    return table


def skew_lines(skew: ServedSkew) -> str:
    """What the comparison of served pages found."""
    if not skew.n_values:
        return f"nothing was compared: {skew.why_nothing}"
    lines = [
        f"{skew.n_values:,} values of {skew.n_pages:,} pages of bundle {skew.bundle_id}:",
        f"  {skew.share_different:.3%} differ from the SQL over the events that serving had",
        f"  {skew.share_late:.3%} are explained by a worker a moment behind the log",
        f"  {skew.share_after_checks:.3%} differ after the checks: what they took out had counted",
        *(f"  {name}: {share:.2%} of its values differ" for name, share in skew.worst),
    ]
    return "\n".join(lines)


def _said(gain: Interval, scale: int) -> str:
    return f"{gain.mid * scale:+.2f} [{gain.low * scale:+.2f}, {gain.high * scale:+.2f}]"
