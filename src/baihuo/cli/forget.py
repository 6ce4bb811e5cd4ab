"""``baihuo forget``: visitors who asked, gone from every file."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.core import BadInput


def forget(
    visitors: Annotated[
        list[str] | None,
        typer.Argument(metavar="[VISITOR]...", help="Ids, beside those recorded over the API."),
    ] = None,
    shop: ShopOption = None,
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A file of ids, one a line.")
    ] = None,
    expired: Annotated[
        bool,
        typer.Option("--expired", help="Also remove what privacy.retention keeps no longer."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a receipt.")] = False,
) -> None:
    """Erase visitors from every file of the shop: those who asked over the API, and those named here.

    Reaches the live log, imported rows, refused rows, the clean tables and their report, examples of training, feature
    states, served pages, judgements, searches that only they typed. Bundles that learned from them are named; they are to be
    retrained within privacy.retrain_within_days. May run while the shop is served, and be killed: run it again.

    \b
    baihuo forget
    baihuo forget account-17 account-18
    baihuo forget --file asked.txt --expired --json
    """
    from baihuo import flow
    from baihuo.cli.tables.receipts import receipts_table

    named = [*(visitors or ()), *(_ids(file) if file is not None else ())]
    with shop_context(shop) as (folder, progress):
        if not folder.root.is_dir():
            raise BadInput(f"there is no shop at {folder.root}", fix="name its folder with --shop")
        receipts = flow.forget(folder, named, progress=progress)
        if expired and (old := flow.forget_expired(folder, progress=progress)) is not None:
            receipts.append(old)
        has_backups = (folder.root / "backups.json").exists()
    if as_json:
        for receipt in receipts:
            typer.echo(json.dumps(asdict(receipt), ensure_ascii=False))
    elif receipts:
        stdout.print(receipts_table(receipts))
    else:
        stderr.print("nobody waits to be forgotten, and nothing is too old", markup=False)
    if receipts and not has_backups:
        stderr.print(
            "copies of the shop that were made before still hold what was removed, until you delete them",
            markup=False,
        )


def _ids(file: Path) -> list[str]:
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8: {error}", fix="give text, one id a line") from error
    return [line.strip() for line in lines if line.strip()]
