"""What may be said: an entry of the shop's knowledge, with its source and its date."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from baihuo.assist.turns import Author, Language, PassageKind
from baihuo.core import has_han

KINDS = (PassageKind.FAQ, PassageKind.ANSWER, PassageKind.POLICY, PassageKind.REVIEW)
"""Kinds that are stored. Products and orders are read where they are kept, as they are now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeEntry:
    """A question with its answer, or a text alone. Its id stays the same when the answer changes."""

    source_id: str  # "faq:<source>/<key>"
    kind: PassageKind
    language: Language
    question: str  # empty: a text that answers whatever it is about
    answer: str
    said_by: Author
    as_of_us: int  # when it was said or written, UTC
    product_id: str | None = None  # what it is about, if about one product
    category: str | None = None
    context: str = ""  # what was said before the question, oldest first


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row of an imported file that cannot be used: where, what, and how to fix it."""

    row: int  # 1-based: the line where it starts, or the number of the record
    field: str
    value: str
    fix: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.field}: {shown(self.value)!r}; {self.fix}"


@dataclass(frozen=True, slots=True)
class Dropped:
    """Why lines were left out: a reason, how many, and some of them."""

    reason: str
    n: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds: ``n_rows == len(entries) + sum of dropped + len(problems)``."""

    entries: tuple[KnowledgeEntry, ...]
    n_rows: int
    problems: tuple[RowProblem, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    masked: Mapping[str, int] = field(default_factory=dict)  # kind of personal data → finds
    cut: tuple[Dropped, ...] = ()  # words around answers that were kept: "begin", "end"


def entry_key(text: str) -> str:
    """A stable key of a question: twelve hexadecimal digits, whatever its spacing, case and width.

    >>> entry_key("How do I PAY?") == entry_key(" how do i pay? ")
    True
    """
    folded = " ".join(unicodedata.normalize("NFKC", text).lower().split())
    return hashlib.sha256(folded.encode()).hexdigest()[:12]


def language_of(text: str) -> Language:
    """Chinese where it has Chinese characters."""
    return "zh" if has_han(text) else "en"


def shown(text: str, most: int = 80) -> str:
    """A text cut for a message, on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
