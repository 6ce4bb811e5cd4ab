"""``baihuo quarantine``: its verbs, in the order they are listed."""

from __future__ import annotations

import typer

from baihuo.cli.quarantine.export import export
from baihuo.cli.quarantine.fix import fix
from baihuo.cli.quarantine.key import key
from baihuo.cli.quarantine.list_ import list_
from baihuo.cli.quarantine.reject import reject
from baihuo.cli.quarantine.release import release
from baihuo.cli.quarantine.show import show

quarantine = typer.Typer(
    help="Rows in quarantine: browse, explain, fix, release, reject.", no_args_is_help=True
)
quarantine.command("list")(list_)
quarantine.command("show")(show)
quarantine.command("export")(export)
quarantine.command("fix")(fix)
quarantine.command("release")(release)
quarantine.command("reject")(reject)
quarantine.command("key", hidden=True)(key)
