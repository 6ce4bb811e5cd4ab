"""Options that several label commands share."""

from __future__ import annotations

from typing import Annotated

import typer

RaterOption = Annotated[
    str | None, typer.Option("--rater", help="Who judges (default: your login).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
ChangeOption = Annotated[
    bool, typer.Option("--change", help="Replace earlier grades of the same rater.")
]
