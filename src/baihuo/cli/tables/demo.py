"""The summary of ``baihuo demo``: the tables of all stages."""

from __future__ import annotations

from rich.console import Group
from rich.text import Text

from baihuo.cli.demo_run import DemoReport
from baihuo.cli.release import gate_table
from baihuo.cli.tables.cells import imports_table, steps_table
from baihuo.cli.tables.models import models_table


def demo_tables(report: DemoReport) -> Group:
    """Build the tables of all stages run."""
    total = sum(report.seconds.values())
    stages = " · ".join(f"{name} {seconds:.0f} s" for name, seconds in report.seconds.items())
    return Group(
        imports_table(report.imports),
        *([steps_table(report.quality)] if report.quality else []),
        *([models_table(report.report)] if report.report else []),
        *([gate_table(report.gate)] if report.gate else []),
        Text(f"{stages} · in all {total:.0f} s"),
    )
