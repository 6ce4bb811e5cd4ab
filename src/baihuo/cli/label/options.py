"""What several of the label commands ask for."""

from __future__ import annotations

from typing import Annotated

import typer

RaterOption = Annotated[
    str | None, typer.Option("--rater", help="Who judges (default: your login).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
ChangeOption = Annotated[
    bool, typer.Option("--change", help="Grades unlike the rater's earlier ones are meant.")
]
