"""Descriptions that are of no product: a web page's, a machine's, a chat's, or letters that say nothing.

What such texts look like is in ``no_descriptions.yaml``. What they say is left out only where the whole text is
short and surely of another kind; anything else is noted.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from baihuo.engine import sql_file, sql_text

_MAX_CHARS = 600  # a longer text may say something besides
_STRANGE_DESCRIPTIONS = sql_file(__file__, "strange_descriptions")


class Strangeness(NamedTuple):
    """A kind of text that is no description: what to call it, how it is told, what is done with it."""

    why: str
    patterns: tuple[str, ...]  # RE2, of the text in lower case
    check: str = "boilerplate"
    least: int = 1  # patterns that must be found
    max_chars: int = 0  # of a text that is left out; 0: only noted
    note_up_to: int = 1_000_000  # characters; a longer text is not judged

    @property
    def sql(self) -> str:
        """The kind as a struct, if ``text`` is of it; else NULL."""
        any_of = sql_text(f"(?s){'|'.join(f'(?:{p})' for p in self.patterns)}")
        is_it = f"regexp_matches(text, {any_of})"
        if self.least > 1:
            each = " + ".join(
                f"cast(regexp_matches(text, {sql_text(f'(?s){p}')}) as integer)"
                for p in self.patterns
            )
            is_it += f" and {each} >= {self.least}"
        if self.note_up_to < 1_000_000:
            is_it = f"length(text) <= {self.note_up_to} and {is_it}"
        action = f"if(length(text) <= {self.max_chars}, 'repair', 'note')"
        return (
            f"case when {is_it} then struct_pack(rule := '{self.check}', action := {action}, "
            f"why := {sql_text(self.why)}, found := left(regexp_extract(text, {any_of}), 80)) end"
        )


@cache
def kinds() -> tuple[Strangeness, ...]:
    """All kinds of ``no_descriptions.yaml``, in its order: the first that fits names the text."""
    text = Path(__file__).with_name("no_descriptions.yaml").read_text(encoding="utf-8")
    return tuple(
        Strangeness(
            why=why,
            patterns=tuple(said["any"].split("\n")[:-1]),
            check=said.get("check", "boilerplate"),
            least=said.get("least", 1),
            max_chars=said.get("max_chars", _MAX_CHARS) if said.get("withhold") else 0,
            note_up_to=said.get("note_up_to", 1_000_000),
        )
        for why, said in yaml.safe_load(text).items()
    )


def select(rows: str, field: str) -> str:
    """SQL of findings: descriptions that are of no product, left out or noted."""
    return _STRANGE_DESCRIPTIONS(
        rows=rows, field=field, kinds=",\n".join(kind.sql for kind in kinds())
    )
