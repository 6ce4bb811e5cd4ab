"""``baihuo demo``: the whole pipeline, from dirty files to a storefront."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from baihuo.access import Scope
from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.core import GateClosed

# ``baihuo simulate``: write the files of a sample shop.


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder for the files.")],
    products: Annotated[int, typer.Option(min=200, help="How many products.")] = 5000,
    events: Annotated[int, typer.Option(min=100, help="How many events.")] = 300_000,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 7,
    dirt: Annotated[float, typer.Option(min=0, max=0.5, help="Share of dirty rows.")] = 0.02,
    ad_fraud: Annotated[
        float | None,
        typer.Option(min=0, max=0.5, help="Log ads, with this share of their clicks fraud."),
    ] = None,
) -> None:
    """Write the files of a sample shop: catalogue, events, pictures, and the ground truth.

    \b
    baihuo simulate sample --events 1000000 --seed 3
    """
    from baihuo.cli.progress import progress_bars
    from baihuo.simulate import make_shop

    with progress_bars(stderr) as progress:
        make_shop(
            out,
            n_products=products,
            n_events=events,
            seed=seed,
            dirt=dirt,
            ad_fraud=ad_fraud,
            progress=progress,
        )
    typer.echo(out)


def demo(
    shop: ShopOption = None,
    shop_kind: Annotated[str, typer.Option(help="sample, icecat or online_retail.")] = "sample",
    data: Annotated[Path | None, typer.Option(help="Folder with the real data.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Exit after the summary.")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Without click models: a storefront in minutes.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="First port to try; the next free one is used.")
    ] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64)] = 1,
) -> None:
    """Run the whole pipeline, from dirty files to a storefront.

    \b
    baihuo demo
    baihuo demo --quick
    baihuo demo --shop-kind icecat --data ../shared/data/icecat --once
    """
    from baihuo import flow
    from baihuo.cli.demo_run import demo_tables, free_port, run_demo

    with shop_context(shop) as (folder, progress):
        report = run_demo(
            folder, shop_kind, data, progress, is_quick=quick, print_line=_print_message
        )
    stdout.print(demo_tables(report))
    program, shop_option = _program_as_typed(), f" --shop {shop}" if shop else ""
    if isinstance(report.stopped, GateClosed) and not flow.is_released(folder):
        raise GateClosed(
            report.stopped.what,
            fix=f"to open the storefront anyway, run: {program} release{shop_option} --force --reason trial "
            f"&& {program} serve{shop_option}",
        )
    if report.stopped is not None:
        if once or not flow.is_released(folder):
            raise report.stopped
        _print_message(f"{report.stopped.what}\nthe bundle released before stays live")
    if quick:
        _print_message(
            "click models were left out; for the whole pipeline run: make demo, or baihuo demo"
        )
    if once:
        _print_message(f"to open the storefront, run: {program} serve{shop_option}")
        return
    port = free_port(port)
    if not flow.has_keys(folder):
        made = flow.create_key(folder, "demo", [Scope.ADMIN])
        _print_message(
            f"a key of this demo, shown once: {made.token}\n  it writes products and sends purchases; docs/access.md"
        )
    _print_message(f"storefront: http://127.0.0.1:{port}   API: http://127.0.0.1:{port}/docs")
    flow.serve(folder, host=None, port=port, workers=workers)


def _program_as_typed() -> str:
    """Return this program as typed: ``.venv/bin/baihuo`` from a clone."""
    typed = sys.argv[0]
    return typed if "/" in typed and not typed.startswith("/") else "baihuo"


def _print_message(line: str) -> None:
    stderr.print(line, markup=False, highlight=False)
