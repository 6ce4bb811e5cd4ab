"""``baihuo keys``: its verbs, in the order of its help."""

from __future__ import annotations

import typer

from baihuo.cli.keys.create import create
from baihuo.cli.keys.list_ import list_
from baihuo.cli.keys.revoke import revoke
from baihuo.cli.keys.rotate import rotate

keys = typer.Typer(
    help="Keys of the API: who may write products, send purchases, read rows in quarantine.",
    no_args_is_help=True,
)
keys.command("create")(create)
keys.command("list")(list_)
keys.command("rotate")(rotate)
keys.command("revoke")(revoke)
