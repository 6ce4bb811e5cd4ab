"""A text as the check reads it: its facts, its clauses and what their words mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from baihuo.assist.check.contacts import contacts_of
from baihuo.assist.check.courtesy import without_courtesy
from baihuo.assist.check.dates import Day, days_of
from baihuo.assist.check.number_words import with_digits
from baihuo.assist.check.payers import payers_of
from baihuo.assist.check.plain_forms import in_plain_forms, with_periods
from baihuo.assist.check.quantities import Quantity, quantities_of
from baihuo.assist.check.words import Word, words_of
from baihuo.core import fold

_SENTENCE = re.compile(r"[;。；\n!?]|\.(?=\s|$)|:(?!\d)")
_CLAUSE = re.compile(
    r",(?!\d{3}(?!\d))|、(?=[不无没未])|\band(?= (?:can|do|does|is|are|will|would|should|could|might|must|may|has|have|it|they|we|you|takes?|costs?|comes?|without|not|no)\b)|\b(?:but|if|whether|unless|when|while|whereas|though|although)\b|但是?|(?<!因)而(?!且)|如果|除非|(?<=[\u4e00-\u9fff])(?:还是(?=[拍不没要可])|以及(?=是))|(?<=[\u4e00-\u9fff])(?<![申邀聘敬])(?=请(?!求|教|示))|(?<=[\u4e00-\u9fff])(?=就(?:请|告诉|联系|找|问))"
)
_VERBS = re.compile(
    r"\b(?:is|are|was|were|be|been|can|could|may|might|must|will|would|should|might|do|does|did|have|has|had|need|please|it|they|you|we|i|takes?|costs?|comes?|gets?|not)\b|[\u4e00-\u9fff]"
)
_DENIES = re.compile(r"\s*(?:and |but )?(?:not|no|without|except|excluding)\b")
_LONG_COUNT = 100_000  # a number like this without a unit is an id
_SIDES = {
    "before": r"\b(?:before|until|till|prior to|as long as|not yet)\b|(?<![目当提以])前(?!台|往|后|面)|以前",
    "after": r"\b(?:after|once|afterwards|later than)\b|(?<![最售今])后(?!台|天|续|果|面)",
    "over": r"\b(?:over|above|more than|exceed\w*|at least|or more|and up)\b|\bfrom (?=[$€£¥]?\s?\d[\d.,]* ?(?:eur|usd|gbp|cny|rmb|yuan|euros?|dollars?|[€$£¥])(?! to\b))|满(?![意足])|超过|以上|高于|大于",
    "under": r"\b(?:under|below|less than|fewer than|up to (?=[$€£¥]?\s?\d[\d.,]* ?(?:eur|usd|gbp|cny|rmb|yuan|euros?|dollars?|[€$£¥])))\b|不满|不足|以下|低于|小于|少于",
}
_OTHER_SIDE = {"before": "after", "after": "before", "over": "under", "under": "over"}
_SIDE_OF = {name: re.compile(pattern) for name, pattern in _SIDES.items()}
_LIMIT_BEFORE = re.compile(
    r"(?:\b(?:over|above|more than|exceed\w*|at least|reach|under|below|less than|fewer than|minimum of|minimum is|as of|starting (?:at|from)|(?P<from>from))|满|超过|达到?|低于|高于|不足)\s?(?:[$€£¥]|rmb|usd|cny|eur)?\s?$"
)
_LIMIT_AFTER = re.compile(
    r"\s?(?:以上|以下|以内|起(?![来点])|or (?:more|above|over)|and (?:up|more|above)|upwards?|minimum)"
)

Value: TypeAlias = Quantity | Day | str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that must be in a source as it is, and where it stands in the text."""

    family: str  # of what could be taken for one another: "money", "duration", "day", …
    value: Value
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        """Whether it is said by words with a meaning of their own, such as "free"."""
        value = self.value
        return isinstance(value, str) or (isinstance(value, Quantity) and value.is_word)


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence that says one thing."""

    start: int
    end: int
    words: tuple[
        frozenset[str], ...
    ]  # what each word with a content means; of all words, where none has
    everything: frozenset[str]  # what all of its words mean
    is_negative: bool  # an odd number of negations
    sides: frozenset[str]  # "before", "after", "over", "under"
    is_conditional: bool

    def is_beyond(self, other: Clause) -> bool:
        """Whether it puts after what the other puts before, or over what is under."""
        return any(
            _OTHER_SIDE[s] in other.sides
            and s not in other.sides
            and _OTHER_SIDE[s] not in self.sides
            for s in self.sides
        )

    @property
    def meanings(self) -> frozenset[str]:
        """What its words mean."""
        return frozenset().union(*self.words)


@dataclass(frozen=True, slots=True)
class Read:
    """A text that was read. Places are those of ``text``."""

    text: str
    facts: tuple[Fact, ...]
    contacts: frozenset[str]
    codes: frozenset[str]
    words: tuple[Word, ...]
    clauses: tuple[Clause, ...]
    sentences: tuple[tuple[int, int], ...]

    def is_in_fact(self, place: int) -> bool:
        """Whether a fact that is said by words ("free") has this place: it is held as a fact."""
        return any(f.is_word and f.start <= place < f.end for f in self.facts)

    def words_between(self, start: int, end: int) -> tuple[frozenset[str], ...]:
        """What each word between two places means, without words that state nothing."""
        return tuple(w.meanings for w in self.words if start <= w.start < end and not w.is_glue)


def plain(text: str) -> str:
    """``text`` without characters that nobody sees, which could part a word."""
    return "".join(
        c for c in text if unicodedata.category(c) not in ("Cf", "Cc", "Co", "Cs") or c in "\n\t"
    )


@lru_cache(maxsize=4_096)
def read(text: str) -> Read:
    """Read a text of a reply or of a source."""
    lines = (fold(line) for line in plain(text).splitlines())
    normal = "\n".join(line for line in lines if line)
    normal = with_digits(without_courtesy(in_plain_forms(normal)))
    normal = with_periods(normal)
    days, rest = days_of(normal)
    written = contacts_of(rest)
    quantities = quantities_of(written.rest)
    counts = [q for q in quantities if not _is_id(q)]
    facts = [Fact(_family(q, normal), q, q.start, q.end) for q in counts]
    facts += [Fact("payer", payer, start, end) for payer, start, end in payers_of(normal)]
    facts += [Fact("day", day, start, end) for day, start, end in days]
    bare = _blanked(written.rest, [(f.start, f.end) for f in facts if not f.is_word])
    said = [(f.start, f.end) for f in facts if f.is_word]
    words = tuple(
        replace(w, is_negation=False) if any(a <= w.start < b for a, b in said) else w
        for w in words_of(bare)
    )
    sentences = tuple(_parts(_SENTENCE, normal, 0, len(normal)))
    return Read(
        text=normal,
        facts=tuple(sorted(facts, key=lambda f: f.start)),
        contacts=written.contacts,
        codes=written.codes | {str(int(q.low)) for q in quantities if _is_id(q)},
        words=words,
        clauses=tuple(_clauses(normal, words, sentences)),
        sentences=sentences,
    )


def _is_id(quantity: Quantity) -> bool:
    return not quantity.dimension and quantity.low >= _LONG_COUNT


def _family(quantity: Quantity, text: str) -> str:
    is_limit = _LIMIT_BEFORE.search(text, max(0, quantity.start - 16), quantity.start) or (
        _LIMIT_AFTER.match(text, quantity.end)
    )
    if is_limit and is_limit.groupdict().get("from") and quantity.low != quantity.high:
        is_limit = None  # "from 5 to 10 EUR"
    if is_limit and quantity.dimension.startswith(("money", "pounds")):
        return "limit"  # "over 99 EUR" is no price
    if quantity.dimension.startswith("money") or quantity.dimension in ("free", "pounds"):
        return "money"
    if quantity.dimension in ("hours", "work days", "months"):
        return "duration"
    return quantity.dimension or "number"


def _blanked(text: str, places: list[tuple[int, int]]) -> str:
    for start, end in places:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _parts(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Parts between matches; a word that begins a part ("if") belongs to it."""
    at = start
    for match in pattern.finditer(text, start, end):
        if text[at : match.start()].strip():
            yield at, match.start()
        at = match.end() if not match.group().strip().isalpha() else match.start()
    if text[at:end].strip():
        yield at, end


def _clauses(
    text: str, words: tuple[Word, ...], sentences: tuple[tuple[int, int], ...]
) -> Iterator[Clause]:
    for first, last in sentences:
        pending: tuple[int, int] | None = None
        for start, end in _parts(_CLAUSE, text, first, last):
            # "Visa, Mastercard and PayPal": a part without a verb goes on with the one before
            if pending is not None and not _begins(text, start, end):
                pending = (pending[0], end)
                continue
            if pending is not None:
                yield _clause(text, words, *pending)
            pending = (start, end)
        if pending is not None:
            yield _clause(text, words, *pending)


def _begins(text: str, start: int, end: int) -> bool:
    """Whether a part says something of its own."""
    return bool(_VERBS.search(text, start, end) or _DENIES.match(text, start, end))


def _clause(text: str, words: tuple[Word, ...], start: int, end: int) -> Clause:
    inside = [w for w in words if start <= w.start < end]
    part = text[start:end]
    return Clause(
        start,
        end,
        tuple(w.meanings for w in inside if not w.is_glue)
        or tuple(w.meanings for w in inside if w.meanings),
        frozenset(m for w in inside for m in w.meanings),
        sum(w.is_negation for w in inside) % 2 == 1,
        frozenset(name for name, pattern in _SIDE_OF.items() if pattern.search(part)),
        re.match(r"\s*(?:if|whether|unless|when|如果|除非|若)|.*的话\s*$", part) is not None,
    )
