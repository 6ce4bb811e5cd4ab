"""Results of the gate."""

from __future__ import annotations

from rich.console import Group
from rich.text import Text

from baihuo.cli.tables.cells import empty_table
from baihuo.release import GateReport


def gate_table(gate: GateReport) -> Group:
    """Every check of the gate, its result and the reason; who forced the release, if anybody."""
    table = empty_table("The gate", "check", "passed", "why")
    for c in gate.checks:
        table.add_row(c.name, c.result, c.why)
    if gate.forced is None:
        return Group(table)
    forced = gate.forced
    return Group(table, Text(f"Live although refused: forced by {forced.by}: {forced.reason}"))
