"""``baihuo assist``: its commands, in the order of its help."""

from __future__ import annotations

import typer

from baihuo.cli.assist.chat import chat
from baihuo.cli.assist.check import check
from baihuo.cli.assist.evaluate import evaluate
from baihuo.cli.assist.import_ import import_
from baihuo.cli.assist.orders.group import orders
from baihuo.cli.assist.policy import policy

assist = typer.Typer(
    help="Customer service: a conversation in the terminal, what it may answer from, and how well it does.",
    no_args_is_help=True,
)
assist.command("chat")(chat)
assist.command("import")(import_)
assist.command("check")(check)
assist.command("policy")(policy)
assist.add_typer(orders, name="orders")
assist.command("evaluate")(evaluate)
