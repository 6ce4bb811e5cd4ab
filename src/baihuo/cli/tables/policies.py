"""``baihuo evaluate --policy`` as a table."""

from __future__ import annotations

from pathlib import Path

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from baihuo.evaluate import PolicyValue
from baihuo.monitor import PolicyReport, readings


def policy_table(report: PolicyReport) -> Group:
    """One row for each estimate; below, what they mean, and why the log cannot answer for the other policies."""
    table = Table(
        title=f"Reward per impression: {report.n_impressions:,} impressions, 95% intervals",
        box=box.SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
    )
    for name in ("policy", "reward", "estimator"):
        table.add_column(name, overflow="fold")
    for name in ("value", "less what was served", "effective rows", "mean weight"):
        table.add_column(name, justify="right", no_wrap="value" in name or "less" in name)
    for policy_value in report.values:
        e = policy_value.estimate
        table.add_row(
            Path(policy_value.policy).name,
            policy_value.reward,
            _estimator(policy_value),
            f"{e.value.mid:.4f} [{e.value.low:.4f}, {e.value.high:.4f}]",
            "" if e.gain is None else f"{e.gain.mid:+.4f} [{e.gain.low:+.4f}, {e.gain.high:+.4f}]",
            f"{e.n_effective:,.0f}",
            f"{e.mean_weight:.3f}",
        )
    lines = [f"{Path(policy).name}: {said}" for policy, said in readings(report.values).items()]
    lines += [f"{policy}: not estimated: {why}" for policy, why in report.refused.items()]
    if report.left_out:
        left_out = ", ".join(f"{n:,} {why}" for why, n in report.left_out.items())
        lines.append(f"of the served pages {report.n_pages:,} were used; left out: {left_out}")
    return Group(table, *(Text(line) for line in lines))


def _estimator(value: PolicyValue) -> str:
    """Its name; with the bound and what that costs where weights are cut."""
    e = value.estimate
    if e.bound is None:
        return value.estimator
    return f"{value.estimator} at {e.bound:.3g}, bias {e.bias:.1g}"
