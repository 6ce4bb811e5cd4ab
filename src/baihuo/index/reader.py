"""A query text while limits are read in it: what is read already, and what remains to match."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from baihuo.index.catalogue_words import CatalogueWords
from baihuo.index.limit_evidence import share_meeting
from baihuo.index.query_limits import NotRead, Preference
from baihuo.index.snapshot import Snapshot

Cut = tuple[int, int, str]
"""A part of the text that was read, and what the rest keeps of it."""

# Of the products with a phrase: where fewer meet the reading, the phrase is a name.
_LEAST_SHARE = 0.5
_LINKING_BEFORE = re.compile(
    r"(?:(?<![a-z0-9])(?:for|in|with|of|and|or|size|colou?r|a)\s+|[，,、;&和或]\s*)+"
)
_LINKING_AFTER = re.compile(r"^(?:的|款|\s*colou?r(?:ed)?(?![a-z])|[装长宽高](?=\s|$))")


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """A folded text, and what its readers need."""

    folded: str
    words: CatalogueWords
    snapshot: Snapshot
    as_typed: Sequence[str]  # kinds of readings that are words like others
    cuts: list[Cut] = field(default_factory=list)
    not_read: dict[NotRead, None] = field(default_factory=dict)  # in the order of their readers
    notes: list[str] = field(default_factory=list)  # on words that were read and change nothing

    def cut(self, start: int, end: int, kept: str = "") -> None:
        """Mark a part as read."""
        self.cuts.append((start, end, kept))

    def is_name(
        self, kind: str, text: str, phrases: Iterable[str], read: Preference | None = None
    ) -> bool:
        """Whether words are a name, so that nothing is read in them: *305 XL* of cartridges, 三寸金莲, *budget planner*.

        This is the one test of every reading; each refusal is kept, and ``baihuo explain`` shows it.

        Args:
            kind: of the reading.
            text: the words.
            phrases: the words alone, or each with a neighbour.
            read: what products that meet the reading have; None where no attribute can say it, and any title is enough.
        """
        for phrase in phrases:
            share = share_meeting(phrase, read, self.snapshot)
            if share < _LEAST_SHARE:
                self.not_read[NotRead(kind, text, phrase, share)] = None
                return True
        return False

    def is_free(self, start: int, end: int) -> bool:
        """Whether nothing of a part was read yet."""
        return not any(start < at_end and at < end for at, at_end, _ in self.cuts)

    def unread(self) -> str:
        """The text with commas where something was read: "under" of "xl under 100" is no neighbour of "xl"."""
        text = self.folded
        for start, end, _ in self.cuts:
            text = text[:start] + "," * (end - start) + text[end:]
        return text

    def rest(self) -> str:
        """The text without what was read, and without the words that only link it: "shoes *for* men"."""
        rest, at = "", 0
        for start, end, kept in sorted(self.cuts):
            rest += self.folded[at:start]
            if not kept:
                rest = _LINKING_BEFORE.sub(_blank_at_end, rest)
            after = _LINKING_AFTER.match(self.folded[end:])
            at = end if kept or after is None else end + after.end()
            rest += f" {kept}"
        return " ".join((rest + self.folded[at:]).split()).strip(" ,，、-–*×+")


def _blank_at_end(found: re.Match[str]) -> str:
    """Linking words are dropped at the end of a text alone: to ask for ``$`` in the pattern would try each of them as the first."""
    return " " if found.end() == len(found.string) else found.group()
