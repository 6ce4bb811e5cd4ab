"""``baihuo features``: the gain from each line, and the skew of served pages."""

from __future__ import annotations

from rich import box
from rich.table import Table

from baihuo.evaluate import Interval
from baihuo.monitor import ServedSkew
from baihuo.train import FeatureReport


def report_table(report: FeatureReport) -> Table:
    """One row for each line: its gain with 95% intervals; above 0 is better."""
    base = report.base
    table = Table(
        title="Gain from each line of the features file",
        caption=(
            f"added to {base['n_columns']:.0f} default columns: log-loss {base['log_loss']:.4f}, "
            f"AUC {base['auc']:.4f}, nDCG@10 {base['ndcg10']:.4f}; {report.n_test:,} newest impressions, "
            f"{report.n_test_clicks:,} clicks; {len(report.seeds)} trainings for each row; 95% intervals over "
            "visitors. “other seeds” and “noise” add nothing: they show the effect of chance."
        ),
        box=box.SIMPLE,
    )
    for name in ("line", "kind", "columns"):
        table.add_column(name)
    for name in ("log-loss × 1000", "AUC × 100", "nDCG@10 × 100", "verdict"):
        table.add_column(name, justify="right")
    for row in report.rows:
        table.add_row(
            row.name,
            row.kind,
            str(row.n_columns),
            _interval(row.log_loss, 1000),
            _interval(row.auc, 100),
            _interval(row.ndcg10, 100),
            row.verdict,
            style="dim" if row.kind == "control" else "",
        )
    return table


def skew_lines(skew: ServedSkew) -> str:
    """Training-serving skew of served pages, in a few lines."""
    if not skew.n_values:
        return f"nothing was compared: {skew.why_nothing}"
    lines = [
        f"{skew.n_values:,} values of {skew.n_pages:,} pages of bundle {skew.bundle_id}:",
        f"  {skew.share_different:.3%} differ from the SQL over the events that serving knew",
        f"  {skew.share_late:.3%} are explained by a worker that was a moment behind the log",
        f"  {skew.share_after_checks:.3%} differ after the checks: serving had counted rows that they removed",
        *(f"  {name}: {share:.2%} of its values differ" for name, share in skew.worst),
    ]
    return "\n".join(lines)


def _interval(gain: Interval, scale: int) -> str:
    return f"{gain.mid * scale:+.2f} [{gain.low * scale:+.2f}, {gain.high * scale:+.2f}]"
