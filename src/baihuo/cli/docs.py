"""``baihuo docs``: the pages of the documentation that are generated from the code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import app, commands
from baihuo.core import BadInput


def docs(
    page: Annotated[str, typer.Argument(help="cli, features, settings or examples.")] = "cli",
    out: Annotated[
        Path | None, typer.Option(help="For examples: the folder with a folder for each step.")
    ] = None,
) -> None:
    """Print a page of the documentation that is generated from the code: the help of all commands, the default features or the settings.

    `examples` writes files instead: an example for each check, from known dirt in a simulated shop.

    \b
    baihuo docs | less
    baihuo docs features
    baihuo docs settings | less
    baihuo docs examples --out src/baihuo/quality/checks
    """
    if (page == "examples") != (out is not None):
        fix = "baihuo docs examples --out src/baihuo/quality/checks"
        raise BadInput("examples need --out, and --out needs examples", fix=fix)
    if out is not None:
        _write_examples(out)
        return
    if page not in PAGES:
        raise BadInput(f"there is no page {page!r}", fix=f"one of {', '.join(PAGES)}")
    typer.echo(PAGES[page](), nl=False)


def _cli_page() -> str:
    from typer.testing import CliRunner

    runner = CliRunner(env={"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"})
    parts = ["# The command line\n"]
    for command in commands():
        printed = runner.invoke(app, [*command, "--help"], prog_name="baihuo").output
        parts.append(f"## baihuo {' '.join(command)}\n\n```\n{printed.strip()}\n```\n")
    return "".join(f"{part}\n" for part in parts)


def _features_page() -> str:
    from baihuo.features import default_features, features_page

    return features_page(default_features())


def _settings_page() -> str:
    from baihuo.settings_docs import settings_page

    return settings_page()


def _write_examples(out: Path) -> None:
    from baihuo.exam import make_examples, write_examples

    for file in write_examples(make_examples(), out):
        typer.echo(file)


PAGES: dict[str, Callable[[], str]] = {
    "cli": _cli_page,
    "features": _features_page,
    "settings": _settings_page,
}
"""Pages of ``baihuo docs`` by name."""
