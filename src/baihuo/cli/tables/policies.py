"""``baihuo evaluate --policy`` as a table."""

from __future__ import annotations

from pathlib import Path

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from baihuo.monitor import PolicyReport


def policy_table(report: PolicyReport) -> Group:
    """One row for each estimate; below, the policies that the log cannot answer for, with the reason."""
    table = Table(
        title=f"Reward per impression: {report.n_impressions:,} impressions, 95% intervals",
        box=box.SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
    )
    for name in ("policy", "reward", "estimator"):
        table.add_column(name, overflow="fold")
    for name in ("value", "effective rows", "mean weight"):
        table.add_column(name, justify="right", no_wrap=name == "value")
    for policy_value in report.values:
        e = policy_value.estimate
        table.add_row(
            Path(policy_value.policy).name,
            policy_value.reward,
            policy_value.estimator,
            f"{e.value.mid:.4f} [{e.value.low:.4f}, {e.value.high:.4f}]",
            f"{e.n_effective:,.0f}",
            f"{e.mean_weight:.3f}",
        )
    lines = [f"{policy}: not estimated: {why}" for policy, why in report.refused.items()]
    if report.left_out:
        left_out = ", ".join(f"{n:,} {why}" for why, n in report.left_out.items())
        lines.append(f"of the served pages {report.n_pages:,} were used; left out: {left_out}")
    return Group(table, *(Text(line) for line in lines))
