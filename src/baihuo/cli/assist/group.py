"""``baihuo assist``: its commands, in the order of its help."""

from __future__ import annotations

import typer

from baihuo.cli.assist.chat import chat
from baihuo.cli.assist.evaluate import evaluate

assist = typer.Typer(
    help="Customer service: a conversation in the terminal, what it may answer from, and how well it does.",
    no_args_is_help=True,
)
assist.command("chat")(chat)
assist.command("evaluate")(evaluate)
