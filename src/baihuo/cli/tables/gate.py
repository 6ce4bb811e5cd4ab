"""What the gate asked and heard."""

from __future__ import annotations

from rich.console import Group
from rich.text import Text

from baihuo.cli.tables.cells import empty_table
from baihuo.release import GateReport


def gate_table(gate: GateReport) -> Group:
    """What the gate asked, what it heard, and what is worth a look."""
    table = empty_table("The gate", "check", "passed", "why")
    for c in gate.checks:
        passed = "NO" if not c.is_passed else "warning" if c.warning else "yes"
        table.add_row(c.name, passed, c.why)
    if gate.forced is None:
        return Group(table)
    forced = gate.forced
    return Group(table, Text(f"Serves all the same: forced by {forced.by}: {forced.reason}"))
