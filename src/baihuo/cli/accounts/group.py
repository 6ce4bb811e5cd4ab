"""``baihuo accounts``: its verbs, in the order of its help."""

from __future__ import annotations

import typer

from baihuo.cli.accounts.create import create
from baihuo.cli.accounts.delete import delete
from baihuo.cli.accounts.disable import disable
from baihuo.cli.accounts.list_ import list_
from baihuo.cli.accounts.password import password
from baihuo.cli.accounts.role import role

accounts = typer.Typer(
    help="People who log in to the console: names, roles, passwords.",
    no_args_is_help=True,
)
accounts.command("create")(create)
accounts.command("list")(list_)
accounts.command("password")(password)
accounts.command("role")(role)
accounts.command("disable")(disable)
accounts.command("delete")(delete)
