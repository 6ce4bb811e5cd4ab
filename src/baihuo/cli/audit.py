"""``baihuo audit``: the audit log."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from baihuo.cli.context import ShopOption, stderr, stdout
from baihuo.cli.tables import printable
from baihuo.core import BadInput
from baihuo.settings import shop_folder

if TYPE_CHECKING:
    from baihuo.access import AuditEntry, AuditHead


def audit(
    shop: ShopOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="The newest entries.")] = 30,
    action: Annotated[
        str, typer.Option(help="Only this action or group: `key` finds `key.create`.")
    ] = "",
    actor: Annotated[str, typer.Option(help='Only of this actor: "key erp", "user ann".')] = "",
    verify: Annotated[
        bool, typer.Option("--verify", help="Compute the chain of hashes again; print its head.")
    ] = False,
    expect: Annotated[
        str | None, typer.Option(help="With --verify: a head saved elsewhere.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object an entry.")] = False,
) -> None:
    """Show the audit log: releases, rollbacks, keys, writes over the API, changes of settings.

    Each entry has a hash of the one before, which reveals changed or removed entries. Entries cut off at the end are revealed only by a
    head saved elsewhere: print it with --verify, compare with --expect.

    \b
    baihuo audit
    baihuo audit --action release --json
    baihuo audit --verify --expect 41:9f2c…
    """
    from baihuo import flow

    folder = shop_folder(shop)
    if expect is not None and not verify:
        raise BadInput("--expect needs --verify", fix="baihuo audit --verify --expect SEQ:HASH")
    if verify:
        head = flow.verify_audit(folder, expected=_head(expect))
        typer.echo(str(head))
        stderr.print(f"{head.seq:,} entries, as they were written", highlight=False)
        return
    entries = flow.audit_entries(folder, newest=limit, action=action, actor=actor)
    if as_json:
        for entry in entries:
            typer.echo(json.dumps(asdict(entry), ensure_ascii=False))
        return
    if entries:
        stdout.print(audit_table(entries))
    else:
        stderr.print("the audit log has no such entry", markup=False)


def _head(text: str | None) -> AuditHead | None:
    from baihuo.access import AuditHead

    if text is None:
        return None
    seq, _, digest = text.partition(":")
    if not seq.isascii() or not seq.isdigit() or len(digest) != 64:
        raise BadInput(
            f"{text[:80]!r} is not a head of an audit log",
            fix="give the output of --verify: SEQ:HASH",
        )
    return AuditHead(int(seq), digest)


# Entries of the audit log as a table.


_WIDEST = 120  # characters of a detail in a table; --json has all


def _short(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"


def audit_table(entries: list[AuditEntry]) -> Table:
    """Build a table with a line for each entry, oldest first."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("entry", justify="right")
    for name in ("at (UTC)", "who", "what"):
        table.add_column(name, no_wrap=True)
    for name in ("of", "detail"):
        table.add_column(name, overflow="fold", min_width=12)
    for entry in entries:
        at = datetime.fromtimestamp(entry.at_us / 1e6, UTC)
        detail = _short(json.dumps(entry.detail, ensure_ascii=False)) if entry.detail else ""
        texts = (entry.actor, entry.action, entry.subject, detail)
        cells = (escape(printable(text)) for text in texts)
        table.add_row(f"{entry.seq:,}", f"{at:%Y-%m-%d %H:%M:%S}", *cells)
    return table
