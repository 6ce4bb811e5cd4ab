"""``baihuo llm``: its commands, in the order of its help."""

from __future__ import annotations

import typer

from baihuo.cli.llm.commands import attributes, grades, queries, rewrites

llm = typer.Typer(
    help="A generative model, local and optional (llm.gguf or llm.address of shop.yaml): attributes, grades and searches, offline. "
    "Answers are kept by what was asked, so a command that was stopped goes on.",
    no_args_is_help=True,
)
llm.command("attributes")(attributes)
llm.command("grades")(grades)
llm.command("queries")(queries)
llm.command("rewrites")(rewrites)
