"""``baihuo quarantine``: its verbs, in the order they are listed."""

from __future__ import annotations

import typer

from baihuo.cli.quarantine.export import export
from baihuo.cli.quarantine.key import key
from baihuo.cli.quarantine.list_ import list_
from baihuo.cli.quarantine.mend import mend
from baihuo.cli.quarantine.readmit import readmit
from baihuo.cli.quarantine.show import show

quarantine = typer.Typer(
    help="Rows kept aside: browse, explain, mend, readmit.", no_args_is_help=True
)
quarantine.command("list")(list_)
quarantine.command("show")(show)
quarantine.command("export")(export)
quarantine.command("mend")(mend)
quarantine.command("readmit")(readmit)
quarantine.command("key")(key)
