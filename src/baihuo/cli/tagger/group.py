"""``baihuo tagger``: its commands, in the order of its help."""

from __future__ import annotations

import typer

from baihuo.cli.tagger.brands import brands
from baihuo.cli.tagger.tag import tag
from baihuo.cli.tagger.train import train

tagger = typer.Typer(
    help="Parts of product titles: the thing, its brand, its model; learned from tagged titles.",
    no_args_is_help=True,
)
tagger.command("train")(train)
tagger.command("tag")(tag)
tagger.command("brands")(brands)
