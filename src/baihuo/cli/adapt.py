"""``baihuo adapt``: the text encoder trained on the shop's own text."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from baihuo.cli.context import ShopOption, shop_context, stderr
from baihuo.core import BadInput


def adapt(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[SHOP]", help="The shop's folder; the same as --shop.")
    ] = None,
    shop: ShopOption = None,
    minutes: Annotated[
        float, typer.Option(help="Total time. Training also ends after one pass.", min=0.1)
    ] = 20.0,
    script: Annotated[
        str | None,
        typer.Option(help="Whose encoder: latin or chinese (default: that of most titles)."),
    ] = None,
    encoder: Annotated[
        Path | None,
        typer.Option(
            help="Start from this folder of a Hugging Face encoder (BERT or RoBERTa family) instead."
        ),
    ] = None,
    as_is: Annotated[
        bool,
        typer.Option("--as-is", help="With --encoder: do not train, evaluate it as it is."),
    ] = False,
    lora: Annotated[
        bool,
        typer.Option("--lora", help="Train low-rank adapters only; they are merged afterwards."),
    ] = False,
    use: Annotated[
        str | None,
        typer.Option(help="Do not train: use this version from now on, or `published`."),
    ] = None,
    versions: Annotated[
        bool, typer.Option("--versions", help="Do not train: list the versions of this shop.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Train the text encoder on the shop's own titles, descriptions, attributes and searches (no clicks are needed), and use it from the
    next index on if it is better on held-out products. Else nothing changes, and the reason is printed.

    Stopped by Ctrl-C or killed, it leaves the shop as it was. Needs baihuo[train]; the encoder does not. `baihuo index`, `train` and
    `release` then serve it; the live bundle keeps its encoder until that release, and `baihuo rollback` goes back.

    \b
    baihuo adapt --minutes 20
    baihuo adapt shop --minutes 60 --script chinese
    baihuo adapt --encoder models/bge-small-en --lora
    baihuo adapt --encoder models/multilingual-e5-small --script chinese --as-is
    baihuo adapt --versions
    baihuo adapt --use published
    """
    from baihuo import flow
    from baihuo.train import AdaptSettings

    if as_is and encoder is None:
        raise BadInput("--as-is without another encoder", fix="name its folder: --encoder FOLDER")
    with shop_context(folder or shop) as (ours, progress):
        if versions:
            _list(flow.adapted_versions(ours), ours.encoders.name, as_json=as_json)
            return
        if use is not None:
            flow.use_encoders(ours, use)
            typer.echo(f"{ours.encoders}\nnext: baihuo index, baihuo train, baihuo release")
            return
        settings = AdaptSettings(
            encoder=flow.script_of(ours, script),
            minutes=minutes,
            folder=encoder,
            as_is=as_is,
            lora=lora,
            threads=ours.settings().engine.threads or os.cpu_count() or 1,
        )
        done = flow.adapt(ours, settings, progress=progress)
        in_use = ours.encoders
    if as_json:
        typer.echo(json.dumps({"is_taken": done.is_taken, **done.report}, ensure_ascii=False))
        return
    _print(done.report)
    if done.is_taken:
        typer.echo(f"{in_use}\nnext: baihuo index, baihuo train, baihuo release")
    else:
        typer.echo(f"not taken, nothing was changed: {done.report['verdict']['why']}")


def _print(report: dict[str, Any] | Any) -> None:
    """Print the training and the verdict on standard error."""
    fitted = report["fit"]
    end = "the whole pass" if fitted["is_whole"] else "until the time was over"
    rate = fitted["n_products"] / fitted["cpu_s"] if fitted["cpu_s"] else 0.0
    done = f"trained on {fitted['n_products']:,} products ({end}), {rate:.0f} a second of CPU"
    if report["settings"]["as_is"]:
        done = "as it is"
    if report["is_centred"]:
        done += "; its mean vector was subtracted"
    stderr.print(
        f"{done}; 8 bits: cosine {report['cosine_at_8_bits']:.4f} with full precision",
        highlight=False,
        soft_wrap=True,
    )
    stderr.print("reciprocal rank of the right product, on held-out products:", highlight=False)
    for kind, result in report["verdict"]["reciprocal_rank"].items():
        gain = result["difference"]
        stderr.print(
            f"  {kind:<12}{result['before']:.3f} -> {result['after']:.3f}  "
            f"{gain['mid']:+.3f} ({gain['low']:+.3f} to {gain['high']:+.3f}, n = {result['n']:,})",
            highlight=False,
            markup=False,
        )


def _list(versions: dict[str, dict[str, Any]], in_use: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"in_use": in_use, "versions": versions}, ensure_ascii=False))
        return
    for version, report in versions.items():
        mark = "*" if version == in_use else " "
        typer.echo(f"{mark} {version}  {report.get('encoder', '?')}  {_gain(report)}")
    typer.echo(f"{' ' if in_use in versions else '*'} published")


def _gain(report: dict[str, Any]) -> str:
    """Return a version's gain, which a file of another program may lack."""
    try:
        return f"{report['verdict']['reciprocal_rank']['all']['difference']['mid']:+.3f}"
    except (KeyError, TypeError, ValueError):
        return "gain unknown: its adapted.json has no verdict"
