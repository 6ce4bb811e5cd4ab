"""``baihuo demo``: the whole line, from dirty files to a storefront."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.core import GateClosed


def demo(
    shop: ShopOption = None,
    shop_kind: Annotated[str, typer.Option(help="sample, icecat or online_retail.")] = "sample",
    data: Annotated[Path | None, typer.Option(help="Folder of the real data.")] = None,
    once: Annotated[bool, typer.Option("--once", help="End after the closing table.")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Without click models: a storefront in a minute.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The next free one from here.")
    ] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64)] = 1,
) -> None:
    """Run the whole line, from dirty files to a storefront.

    \b
    baihuo demo
    baihuo demo --quick
    baihuo demo --shop-kind icecat --data ../shared/data/icecat --once
    """
    from baihuo import flow
    from baihuo.cli.demo_run import free_port, run_demo
    from baihuo.cli.tables.demo import demo_tables

    with shop_context(shop) as (folder, progress):
        done = run_demo(folder, shop_kind, data, progress, is_quick=quick, say=_say)
    stdout.print(demo_tables(done))
    us, at = _as_typed(), f" --shop {shop}" if shop else ""
    if isinstance(done.stopped, GateClosed) and not flow.is_released(folder):
        raise GateClosed(
            done.stopped.what,
            fix=f"to open the storefront all the same, type: {us} release{at} --force --reason trial "
            f"&& {us} serve{at}",
        )
    if done.stopped is not None:
        if once or not flow.is_released(folder):
            raise done.stopped
        _say(f"{done.stopped.what}\nthe bundle that was released before serves on")
    if quick:
        _say("click models were left out; for the whole line type: make demo, or baihuo demo")
    if once:
        _say(f"to open the storefront, type: {us} serve{at}")
        return
    port = free_port(port)
    _say(f"storefront: http://127.0.0.1:{port}   API: http://127.0.0.1:{port}/docs")
    flow.serve(folder, host=None, port=port, workers=workers)


def _as_typed() -> str:
    """This program as whoever runs it typed it: ``.venv/bin/baihuo`` from a clone."""
    typed = sys.argv[0]
    return typed if "/" in typed and not typed.startswith("/") else "baihuo"


def _say(line: str) -> None:
    stderr.print(line, markup=False, highlight=False)
