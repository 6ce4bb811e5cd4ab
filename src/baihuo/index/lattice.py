"""The limits that the words of a search may be, side by side, and which of them are taken.

Every reader sees the whole text and proposes candidates; none sees what another one found, so their order changes nothing. A candidate
stands unless the catalogue speaks against it (its ``doubt``), judged with what is beside it: words of other candidates that stand are no
neighbours, as "under" of "xl under 100" is none of "xl". Of those that stand and overlap, the set that explains most characters is taken,
so the longest reading wins over those inside it.

Source: weighted interval scheduling, Kleinberg and Tardos, Algorithm Design (2005), 6.1.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from baihuo.index.catalogue_words import CatalogueWords
from baihuo.index.limit_evidence import share_meeting
from baihuo.index.query_limits import NotRead, Preference
from baihuo.index.snapshot import Snapshot
from baihuo.index.typed_models import TypedModel

# Of the products with a phrase: where fewer meet the reading, the phrase is a name.
_LEAST_SHARE = 0.5
_ROUNDS = 3  # of doubt; two are enough where what stands first has no doubtful neighbour
# Which of two kinds of reading is taken for the same words.
_SUREST = ("gender", "colour", "size", "measure", "without", "price", "gift", "model")
_DESCRIBING = ("colour", "gender")  # words of a thing, as its neighbours are: "red women shoes"
_LINKING_BEFORE = re.compile(
    r"(?:(?<![a-z0-9])(?:for|in|with|of|and|or|size|colou?r|a)\s+|[，,、;&和或]\s*)+"
)
_LINKING_AFTER = re.compile(r"^(?:的|款|\s*colou?r(?:ed)?(?![a-z])|[装长宽高](?=\s|$))")


Doubt = Callable[[str], NotRead | None]
"""Why words are no limit, given the text with commas for what others read."""


def _no_doubt(beside: str) -> None:
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """Words that may be a limit."""

    kind: str  # of :data:`baihuo.core.READING_KINDS`
    start: int
    end: int
    value: Any = None  # what its reader makes a reading of
    preferences: tuple[Preference, ...] = ()
    kept: str = ""  # what the rest of the text keeps of the words: 鞋 of 女鞋
    note: str = ""  # on words that change nothing
    doubt: Doubt = _no_doubt

    def overlaps(self, other: Candidate) -> bool:
        """Whether both have a character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A folded text, and what its readers need."""

    folded: str
    words: CatalogueWords
    snapshot: Snapshot
    as_typed: Sequence[str]  # kinds of readings that are words like others
    models: Sequence[tuple[TypedModel, int, int]] = ()  # with their places

    def as_name(
        self, kind: str, text: str, phrases: Iterable[str], read: Preference | None = None
    ) -> NotRead | None:
        """Why words are a name, so that nothing is read in them: *305 XL* of cartridges, 三寸金莲, *budget planner*; None: they are none.

        This is the one test of every reading.

        Args:
            kind: of the reading.
            text: the words.
            phrases: the words alone, or each with a neighbour.
            read: what products that meet the reading have; None where no attribute can say it, and any title is enough.
        """
        for phrase in phrases:
            share = share_meeting(phrase, read, self.snapshot)
            if share < _LEAST_SHARE:
                why = f"titles have {phrase!r}, and {share:.0%} of these products meet it"
                return NotRead(kind, text, why)
        return None

    def beside(self, others: Iterable[Candidate]) -> str:
        """The text with commas for what ``others`` read."""
        text = self.folded
        for one in others:
            text = text[: one.start] + "," * (one.end - one.start) + text[one.end :]
        return text

    def rest(self, taken: Iterable[Candidate]) -> str:
        """The text without what was read, and without the words that only link it: "shoes *for* men"."""
        rest, at = "", 0
        for one in sorted(taken, key=lambda c: c.start):
            rest += self.folded[at : one.start]
            if not one.kept:
                rest = _LINKING_BEFORE.sub(_blank_at_end, rest)
            after = _LINKING_AFTER.match(self.folded[one.end :])
            at = one.end if one.kept or after is None else one.end + after.end()
            rest += f" {one.kept}"
        return " ".join((rest + self.folded[at:]).split()).strip(" ,，、-–*×+")


def standing(
    text: Text, candidates: Sequence[Candidate]
) -> tuple[list[Candidate], tuple[NotRead, ...]]:
    """The candidates that nothing speaks against, and why the others are none."""
    stand, doubts = list(candidates), list[NotRead]()
    for _ in range(_ROUNDS):
        read = [c for c in stand if c.kind not in _DESCRIBING]
        judged = [
            (c, c.doubt(text.beside(other for other in read if not other.overlaps(c))))
            for c in candidates
        ]
        before, stand = stand, [c for c, doubt in judged if doubt is None]
        doubts = [doubt for _, doubt in judged if doubt is not None]
        if stand == before:
            break
    return stand, tuple(dict.fromkeys(doubts))


def best_of(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Of candidates that overlap those that explain most characters, in the order of the text; of equal sets the one of fewer,
    and then of surer kinds."""
    ordered = sorted(candidates, key=lambda c: (c.end, c.start, _SUREST.index(c.kind)))
    ends = [c.end for c in ordered]
    best: list[tuple[tuple[int, int, int], tuple[Candidate, ...]]] = [((0, 0, 0), ())]
    for at, one in enumerate(ordered):
        (characters, fewer, sure), before = best[bisect_right(ends, one.start, hi=at)]
        weight = (characters + one.end - one.start, fewer - 1, sure + _SUREST.index(one.kind))
        taken = (weight, (*before, one))
        best.append(taken if weight >= best[-1][0] else best[-1])
    return list(best[-1][1])


def _blank_at_end(found: re.Match[str]) -> str:
    """Linking words are dropped at the end of a text alone: to ask for ``$`` in the pattern would try each of them as the first."""
    return " " if found.end() == len(found.string) else found.group()
