"""``baihuo assist chat``: a conversation in the terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from baihuo.cli.context import ShopOption, stderr
from baihuo.settings import shop_folder

if TYPE_CHECKING:
    from baihuo.assist import TakenTurn


def chat(
    message: Annotated[
        list[str] | None, typer.Argument(help="Messages, one after the other; none: type them.")
    ] = None,
    shop: ShopOption = None,
    shopper: Annotated[
        str | None, typer.Option("--shopper", help="Speak as this shopper of the orders.")
    ] = None,
    product: Annotated[
        str | None, typer.Option("--product", help="As on the page of this product.")
    ] = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Show what each stage found, and its time.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a reply.")] = False,
) -> None:
    """Talk to customer service as a shopper does. Nothing is written down; changes of orders are made, after a yes.

    \b
    baihuo assist chat
    baihuo assist chat "How long does delivery take?" --trace
    baihuo assist chat "取消我的订单 W1001" 是 --shopper anna_1
    printf 'hello\\nwhere is my order?\\n' | baihuo assist chat --json
    """
    from baihuo import flow

    with flow.open_talk(shop_folder(shop), shopper_id=shopper, product_id=product) as talk:
        for text in message or _typed():
            taken = talk.say(text)
            if as_json:
                typer.echo(json.dumps(_fields(taken, trace), ensure_ascii=False))
            else:
                _print(taken, trace)


def _typed() -> Iterator[str]:
    """Lines from the keyboard or a pipe, until it ends."""
    is_terminal = sys.stdin.isatty()
    while True:
        if is_terminal:
            stderr.print("> ", end="")
        line = sys.stdin.readline()
        if not line:
            return
        if line.strip():
            yield line.strip()


def _fields(taken: TakenTurn, trace: bool) -> dict[str, object]:
    reply, decision = taken.reply, taken.decision
    fields: dict[str, object] = {
        "text": reply.text,
        "language": reply.language,
        "decision": decision.kind,
        "reason": decision.reason,
        "source_ids": reply.source_ids,
        "product_ids": reply.product_ids,
        "order_ids": reply.order_ids,
        "options": reply.options,
        "is_generated": reply.is_generated,
        "is_handed_over": reply.is_handed_over,
    }
    if trace:
        fields["intent"] = taken.understanding.intent
        fields["steps"] = [
            {"stage": s.stage, "ms": s.ms, "note": s.note, "failure": s.failure}
            for s in taken.steps
        ]
    return fields


def _print(taken: TakenTurn, trace: bool) -> None:
    reply = taken.reply
    for sentence in reply.sentences:
        source = f"   ({', '.join(sentence.source_ids)})" if sentence.source_ids else ""
        typer.echo(sentence.text + source)
    if reply.product_ids:
        typer.echo("  products: " + ", ".join(reply.product_ids))
    for option in reply.options:
        typer.echo(f"  [{option}]")
    if trace:
        for step in taken.steps:
            line = f"{step.stage:11} {step.ms:7.1f} ms  {step.note}  {step.failure}"
            stderr.print(line.rstrip(), markup=False, highlight=False)
