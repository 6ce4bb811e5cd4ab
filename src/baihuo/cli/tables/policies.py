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
    """A table for each policy and reward, one row an estimate; below, what they mean, and why the log cannot answer
    for the other policies."""
    head = f"Reward per impression: {report.n_impressions:,} impressions, 95% intervals"
    of: dict[tuple[str, str], list[PolicyValue]] = {}
    for value in report.values:
        of.setdefault((value.policy, value.reward), []).append(value)
    tables = [
        _values(f"{Path(policy).name}: {reward}", values) for (policy, reward), values in of.items()
    ]
    lines = [f"{Path(policy).name}: {said}" for policy, said in readings(report.values).items()]
    lines += [f"{policy}: not estimated: {why}" for policy, why in report.refused.items()]
    if report.left_out:
        left_out = ", ".join(f"{n:,} {why}" for why, n in report.left_out.items())
        lines.append(f"of the served pages {report.n_pages:,} were used; left out: {left_out}")
    return Group(Text(head, style="bold"), *tables, *(Text(line) for line in lines))


def _values(title: str, values: list[PolicyValue]) -> Table:
    """Narrow enough for 80 columns."""
    table = Table(
        title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False
    )
    table.add_column("estimator", min_width=len("estimator"))
    for name in ("value", "less what was served"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("effective rows", "mean weight"):
        table.add_column(name, justify="right", min_width=6)
    for policy_value in values:
        e = policy_value.estimate
        table.add_row(
            _estimator(policy_value),
            f"{e.value.mid:.4f} [{e.value.low:.4f}, {e.value.high:.4f}]",
            "" if e.gain is None else f"{e.gain.mid:+.4f} [{e.gain.low:+.4f}, {e.gain.high:+.4f}]",
            f"{e.n_effective:,.0f}",
            f"{e.mean_weight:.3f}",
        )
    return table


def _estimator(value: PolicyValue) -> str:
    """Its name; with the bound and what that costs where weights are cut."""
    e = value.estimate
    if e.bound is None:
        return value.estimator
    return f"{value.estimator} at {e.bound:.3g}, bias {e.bias:.1g}"
