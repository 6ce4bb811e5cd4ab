"""``baihuo label``: its commands, in the order of its help."""

from __future__ import annotations

import typer

from baihuo.cli.label.audit import audit
from baihuo.cli.label.export import export
from baihuo.cli.label.import_ import import_
from baihuo.cli.label.next_ import next_
from baihuo.cli.label.record import record
from baihuo.cli.label.report import report

label = typer.Typer(
    help="Relevance judgements by people: what to judge next, how raters agree, which labels are likely wrong.",
    no_args_is_help=True,
)
label.command("next")(next_)
label.command("record")(record)
label.command("import")(import_)
label.command("report")(report)
label.command("export")(export)
label.command("audit")(audit)
