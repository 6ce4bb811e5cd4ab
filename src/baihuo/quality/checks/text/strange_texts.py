"""Titles and descriptions that are of no product: a web page's, a machine's, a chat's, or letters that say nothing.

What such texts look like is in ``strange_texts.yaml``. The first kind that fits names the text, so it has one
finding. What a description says is left out only where the whole text is short and surely of another kind; anything
else, and whatever titles say, is noted.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from baihuo.engine import sql_file, sql_text

_MAX_CHARS = 600  # a longer text may say something besides
_ANY_LENGTH = 1_000_000
_MAX_SHARE = 0.05  # of the texts that are of one kind: more, and it is how the shop writes
_MIN_USUAL = 100  # texts of one kind, before they can be how a shop writes
_STRANGE_TEXTS = sql_file(__file__, "strange_texts").bind(
    max_share=_MAX_SHARE, min_usual=_MIN_USUAL
)
# letters of lower-case words without digits: their share of vowels is about 0.38 in English, never under 0.3 in
# languages of Europe
_LETTERS = r"regexp_replace(content, '[A-Z][\w-]*|[a-z]*[0-9]\w*|[^a-z]+', '', 'g')"
_MIN_LETTERS = 40
_WITHOUT_VOWELS = f"""case when strlen({_LETTERS}) >= {_MIN_LETTERS}
and strlen(regexp_replace({_LETTERS}, '[^aeiou]+', '', 'g')) not between 0.15 * strlen({_LETTERS}) and 0.7 * strlen({_LETTERS})
then struct_pack(rule := 'unreadable_characters', action := 'note', why := 'words without their vowels, or without all else',
pattern := '(?s).{{0,80}}', is_cased := true) end"""
_CHECKS = {"descriptions": "boilerplate", "titles": "keyword_stuffing"}


class Strangeness(NamedTuple):
    """A kind of text that is no description or title: what to call it, how it is recognized, what is done with it."""

    why: str
    patterns: tuple[str, ...]  # RE2
    check: str
    least: int = 1  # patterns that must be found
    max_chars: int = 0  # of a text that is left out; 0: only noted
    note_up_to: int = _ANY_LENGTH  # characters; a longer text is not judged
    is_cased: bool = False  # the patterns are of the text as written, else of it in lower case
    unless: str = ""  # RE2; a text that has it is not of the kind

    @property
    def sql(self) -> str:
        """The kind as a struct, if ``text`` (``cased``: as written) is of it; else NULL."""
        text = "cased" if self.is_cased else "text"
        any_of = sql_text(f"(?s){'|'.join(f'(?:{p})' for p in self.patterns)}")
        is_it = f"regexp_matches({text}, {any_of})"
        if self.least > 1:
            each = " + ".join(
                f"cast(regexp_matches({text}, {sql_text(f'(?s){p}')}) as integer)"
                for p in self.patterns
            )
            is_it += f" and {each} >= {self.least}"
        if self.note_up_to < _ANY_LENGTH:
            is_it = f"length(text) <= {self.note_up_to} and {is_it}"
        if self.unless:
            is_it += f" and not regexp_matches({text}, {sql_text(f'(?s){self.unless}')})"
        action = f"if(length(text) <= {self.max_chars}, 'repair', 'note')"
        return (
            f"case when {is_it} then struct_pack(rule := '{self.check}', action := {action}, "
            f"why := {sql_text(self.why)}, pattern := {any_of}, is_cased := {self.is_cased}) end"
        )


def _kind(part: str, why: str, entry: dict[str, Any]) -> Strangeness:
    return Strangeness(
        why=why,
        patterns=tuple(entry["any"].rstrip("\n").split("\n")),
        check=entry.get("check", _CHECKS[part]),
        least=entry.get("least", 1),
        max_chars=entry.get("max_chars", _MAX_CHARS) if entry.get("withhold") else 0,
        note_up_to=entry.get("note_up_to", _ANY_LENGTH),
        is_cased=entry.get("cased", False),
        unless=entry.get("unless", ""),
    )


@cache
def kinds(part: str) -> tuple[Strangeness, ...]:
    """All kinds of ``descriptions`` or ``titles``, in the file's order: the first that fits names the text."""
    text = Path(__file__).with_name("strange_texts.yaml").read_text(encoding="utf-8")
    return tuple(_kind(part, why, entry) for why, entry in yaml.safe_load(text)[part].items())


def _select(rows: str, fields: Iterable[str], part: str, *others: str) -> str:
    cells = ", ".join(f"struct_pack(field := '{field}', content := {field})" for field in fields)
    return _STRANGE_TEXTS(
        rows=rows, cells=cells, kinds=",\n".join([*(k.sql for k in kinds(part)), *others])
    )


def in_descriptions(rows: str, fields: Iterable[str]) -> str:
    """SQL of findings: descriptions that are of no product, left out or noted."""
    return _select(rows, fields, "descriptions", _WITHOUT_VOWELS)


def in_titles(rows: str, fields: Iterable[str]) -> str:
    """SQL of notes: titles that are no name of a product, or say what is none of it."""
    return _select(rows, fields, "titles")
