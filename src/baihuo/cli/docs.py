"""``baihuo docs``: the pages of docs/ that are made from the code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from baihuo.cli.root import app, commands
from baihuo.core import BadInput


def docs(
    page: Annotated[str, typer.Argument(help="cli, features or settings.")] = "cli",
) -> None:
    """Print a page of docs/ that is made from the code: cli.md, features_list.md or settings.md.

    \b
    baihuo docs > docs/cli.md
    baihuo docs features > docs/features_list.md
    baihuo docs settings > docs/settings.md
    """
    if page not in PAGES:
        raise BadInput(f"there is no page {page!r}", fix=f"one of {', '.join(PAGES)}")
    typer.echo(PAGES[page](), nl=False)


def _cli_page() -> str:
    from typer.testing import CliRunner

    runner = CliRunner(env={"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"})
    parts = ["# The command line\n\nMade by `baihuo docs > docs/cli.md`; a test compares.\n"]
    for words in commands():
        printed = runner.invoke(app, [*words, "--help"], prog_name="baihuo").output
        parts.append(f"## baihuo {' '.join(words)}\n\n```\n{printed.strip()}\n```\n")
    return "".join(f"{part}\n" for part in parts)


def _features_page() -> str:
    from baihuo.features import default_features
    from baihuo.features.spec.describe import page

    return page(default_features())


def _settings_page() -> str:
    from baihuo.settings_docs import settings_page

    return settings_page()


PAGES: dict[str, Callable[[], str]] = {
    "cli": _cli_page,
    "features": _features_page,
    "settings": _settings_page,
}
"""What ``baihuo docs`` prints, by the word after it."""
