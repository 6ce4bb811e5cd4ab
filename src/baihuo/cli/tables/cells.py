"""What the tables share: an empty table, counts, intervals."""

from __future__ import annotations

from rich import box
from rich.console import JustifyMethod
from rich.table import Table

_NUMBER_COLUMNS = set(
    "rows in|kept|quarantined|values withheld|merged|repaired|noted|masked|nDCG@10|pages|judged|also by others|wrong|off by|kappa|"
    "kappa, linear|pairs|same grade|confidence|labels|in|out|ms|position|score|propensity".split(
        "|"
    )
)


def empty_table(title: str, *columns: str) -> Table:
    """An empty table; columns of numbers are right-aligned."""
    table = Table(
        title=title,
        box=box.SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        collapse_padding=True,
    )
    for name in columns:
        min_width = 27 if name == "" else None  # names of checks, in a terminal of 80 columns
        is_number = name in _NUMBER_COLUMNS
        justify: JustifyMethod = "right" if is_number else "left"
        table.add_column(
            name, justify=justify, overflow="fold", min_width=min_width, no_wrap=is_number
        )
    return table


def interval(value: dict[str, float]) -> str:
    """A value with the ends of its interval."""
    return f"{value['mid']:+.4f} [{value['low']:+.4f}, {value['high']:+.4f}]"


def count(number: int) -> str:
    """A number of things, in groups of three digits."""
    return f"{number:,}"
