"""What ``baihuo demo`` shows at its end: every stage's table on one screen."""

from __future__ import annotations

from rich.console import Group
from rich.text import Text

from baihuo.cli.demo_run import DemoReport
from baihuo.cli.tables.checks import steps_table
from baihuo.cli.tables.gate import gate_table
from baihuo.cli.tables.imports import imports_table
from baihuo.cli.tables.models import models_table


def demo_tables(done: DemoReport) -> Group:
    """Everything the line did, on one screen; where it was stopped, as far as it got."""
    total = sum(done.seconds.values())
    stages = " · ".join(f"{name} {taken:.0f} s" for name, taken in done.seconds.items())
    return Group(
        imports_table(done.imports),
        *([steps_table(done.quality)] if done.quality else []),
        *([models_table(done.report)] if done.report else []),
        *([gate_table(done.gate)] if done.gate else []),
        Text(f"{stages} · in all {total:.0f} s"),
    )
