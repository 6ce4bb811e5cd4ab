"""What a look at the live bundle found, as a table."""

from __future__ import annotations

from rich.console import Group
from rich.text import Text

from baihuo.cli.tables.cells import count, empty_table
from baihuo.monitor import WatchReport


def watch_table(found: WatchReport) -> Group:
    """Every number with its interval and its band; what was done."""
    if not found.watched:
        return Group(Text(f"bundle {found.bundle_id} is not watched yet: {found.not_watched}"))
    table = empty_table(
        f"Bundle {found.bundle_id}, {found.n_impressions:,} impressions",
        "what",
        "surface",
        "impressions",
        "ratio",
        "band",
        "inside",
    )
    for one in found.watched:
        band = f"{one.lowest:g} to {one.highest:g}" if one.highest else f"from {one.lowest:g}"
        table.add_row(
            one.name,
            one.surface,
            count(one.n),
            f"{one.value:.2f} [{one.low:.2f}, {one.high:.2f}]",
            band,
            "NO" if one.is_outside else "yes",
        )
    if not found.reasons:
        return Group(table)
    done = f"rolled back to bundle {found.rolled_back_to}"
    return Group(
        table,
        Text(
            done
            if found.rolled_back_to
            else f"not rolled back: {found.why_no_rollback or 'only looked'}"
        ),
    )
