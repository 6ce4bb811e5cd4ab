"""``baihuo upgrade``: upgrade a shop of an older version."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from baihuo.cli.context import ShopOption, stderr, stdout
from baihuo.settings import shop_folder

if TYPE_CHECKING:
    from baihuo.flow import UpgradeItem


def upgrade(
    shop: ShopOption = None,
    apply: Annotated[bool, typer.Option("--apply", help="Migrate. Make a backup first.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show files of an older version in the shop, and the commands that renew them. Without --apply it writes nothing. Databases, keys and
    permissions are migrated by --apply, or by the first command or server that opens them. The named commands renew models. Exit code 2 if
    a person has to decide.

    \b
    baihuo backup /mnt/backups/shop && baihuo upgrade
    baihuo upgrade --apply
    """
    from baihuo import flow

    opened = shop_folder(shop)
    items = flow.upgrade(opened) if apply else flow.upgrade_plan(opened)
    if as_json:
        for item in items:
            typer.echo(json.dumps(asdict(item), ensure_ascii=False))
    else:
        stdout.print(upgrade_table(items))
    fixes = list(dict.fromkeys(item.fix for item in items if item.state == "remake"))
    if any(item.state == "migrates" for item in items):
        fixes.insert(0, "baihuo upgrade --apply")
    lines = [f"next: {fix}" for fix in fixes] or ["nothing to do"]
    is_broken = any(item.state == "broken" for item in items)
    for line in (
        lines if not is_broken else [*(lines if fixes else []), "some files cannot be read"]
    ):
        stderr.print(line, markup=False, highlight=False)
    if is_broken:
        raise typer.Exit(2)


# Files of an older version, as a table.


_STYLES = {"current": "green", "migrates": "yellow", "remake": "yellow", "broken": "bold red"}


def upgrade_table(items: Sequence[UpgradeItem]) -> Table:
    """Build a table with a line for each item."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("what", "state", "found", "fix"):
        table.add_column(name, overflow="fold")
    for item in items:
        state = f"[{_STYLES[item.state]}]{item.state}[/]"
        table.add_row(escape(item.what), state, escape(item.found), escape(item.fix))
    return table
