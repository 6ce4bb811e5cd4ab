"""``baihuo evaluate --policy``: what other orders would have earned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from baihuo import flow
from baihuo.core import BadInput
from baihuo.core.progress import Progress
from baihuo.monitor.compared import compare_log_policies
from baihuo.monitor.policies import POLICIES, PolicyReport
from baihuo.settings import Shop


def policy_report(
    shop: Shop,
    policies: Sequence[str],
    log: Path | None,
    surface: str | None,
    *,
    progress: Progress,
) -> PolicyReport:
    """Estimates for the named policies, from the shop's pages or from the log of another system.

    Raises:
        BadInput: no such surface, or a surface of a log that has none.
    """
    if log is not None:
        if surface is not None:
            raise BadInput("a log of placements has no surfaces", fix="leave --surface out")
        names = [n for p in policies for n in (("live", "uniform") if p == "all" else (p,))]
        return compare_log_policies(log, names)
    if surface not in (None, "search", "home", "similar"):
        raise BadInput(f"there is no surface {surface!r}", fix="search, home or similar")
    names = [n for p in policies for n in (POLICIES if p == "all" else (_ALSO.get(p, p),))]
    return flow.policy_values(shop, list(dict.fromkeys(names)), surface=surface, progress=progress)


_ALSO = {"no-exploration": "greedy"}


def policy_table(report: PolicyReport) -> Group:
    """A row an estimate; what could not be answered stands below, with the reason."""
    table = Table(
        title=f"Earned an impression: {report.n_impressions:,} impressions, 95% intervals",
        box=box.SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
    )
    for name in ("policy", "reward", "estimator"):
        table.add_column(name, overflow="fold")
    for name in ("value", "rows worth", "mean weight"):
        table.add_column(name, justify="right", no_wrap=name == "value")
    for one in report.values:
        e = one.estimate
        table.add_row(
            Path(one.policy).name, one.reward, one.estimator,
            f"{e.value.mid:.4f} [{e.value.low:.4f}, {e.value.high:.4f}]",
            f"{e.n_effective:,.0f}", f"{e.mean_weight:.3f}",
        )  # fmt: skip
    lines = [f"{policy}: not answered: {why}" for policy, why in report.refused.items()]
    if report.left_out:
        left = ", ".join(f"{n:,} {why}" for why, n in report.left_out.items())
        lines.append(f"of the served pages {report.n_pages:,} were used; left out: {left}")
    return Group(table, *(Text(line) for line in lines))
