"""Rules about facts: numbers, dates, contacts and codes are those of a source, and of the same thing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from baihuo.assist.check.checked import Reason
from baihuo.assist.check.dates import Day
from baihuo.assist.check.evidence import GOES_WITHOUT_SAYING, Evidence, Words, contexts_of
from baihuo.assist.check.quantities import Quantity
from baihuo.assist.check.reading import Fact, Read

Finding = tuple[Reason, str]
_OF_ONE_THING = ("metres", "grams", "litres", "watts")  # one thing has several of them
_OF_A_LIST = re.compile(r"种|款|个?(?:颜色|尺码|规格|版本)|色(?!系)")
_CLASSIFIER = re.compile(r"[个件款位张份条台双]")
_AND_ZH = re.compile("[、和与及]")


def unheld_facts(said: Read, evidence: Evidence) -> Iterator[Finding]:
    """Facts that no source has."""
    for contact in sorted(said.contacts - evidence.contacts):
        yield Reason.CONTACT, contact
    for code in sorted(said.codes - evidence.codes):
        if code not in evidence.text:
            yield Reason.CODE, code
    has_payers = any(f.family == "payer" for f in evidence.facts)
    for fact in said.facts:
        if fact.family == "payer" and not has_payers:
            continue
        if _counts_a_list(said, fact) or _is_an_article(said, fact, evidence):
            continue
        if not any(holds(source, fact) for source in evidence.facts):
            yield _reason(fact, evidence), said.text[fact.start : fact.end]


def _is_an_article(said: Read, fact: Fact, evidence: Evidence) -> bool:
    """换一个新的: where a source counts nothing, 一个 is what "a" is in English."""
    value = fact.value
    return (
        fact.family == "number"
        and isinstance(value, Quantity)
        and value.low == value.high == 1
        and _CLASSIFIER.match(said.text, fact.end) is not None
        and not any(f.family in ("number", "times") for f in evidence.facts)
    )


def _counts_a_list(said: Read, fact: Fact) -> bool:
    """黑色和米色两种: a count of what was listed before it says nothing new."""
    if fact.family != "number" or not _OF_A_LIST.match(said.text, fact.end):
        return False
    begin = max((c.start for c in said.clauses if c.start <= fact.start), default=0)
    value = fact.value
    n_listed = len(_AND_ZH.findall(said.text, begin, fact.start)) + 1
    return isinstance(value, Quantity) and value.low == value.high == n_listed


def holds(source: Fact, said: Fact) -> bool:
    """Whether a fact of a source is the one that was said."""
    if isinstance(said.value, Day):
        return isinstance(source.value, Day) and said.value.agrees(source.value)
    if {"limit", "money"} == {said.family, source.family}:
        return False  # "over 99 EUR" is no price
    if isinstance(said.value, Quantity):
        return isinstance(source.value, Quantity) and said.value.same(source.value)
    return said.value == source.value


def swapped_facts(said: Read, evidence: Evidence) -> Iterator[Finding]:
    """Facts of one thing that are said of another: their words stand beside other facts of the same family in the sources."""
    times = _times(said)
    is_as_in_source = bool(times) and any(times == _times(source) for source in evidence.reads)
    for fact, all_around in contexts_of(said):
        if fact.family == "time" and is_as_in_source:
            continue
        around = tuple(w for w in all_around if not w & GOES_WITHOUT_SAYING)
        mine = [w for source, w in evidence.contexts if holds(source, fact)]
        others = [
            w
            for source, w in evidence.contexts
            if source.family == fact.family and not holds(source, fact)
        ]
        if not mine or not others:
            continue
        clause = next((c for c in said.clauses if c.start <= fact.start < c.end), None)
        words = tuple(w for w in around if w in clause.words) if clause is not None else around
        if not any(w & (elsewhere ^ home) for w in words for home in mine for elsewhere in others):
            words = around  # the clause names nothing: "…, it costs 5 EUR"
        heads = evidence.heads if fact.family in _OF_ONE_THING else frozenset()
        if not any(_goes_with(words, home, others, heads) for home in mine):
            yield Reason.SWAP, said.text[fact.start : fact.end]


def _times(text: Read) -> list[object]:
    """Times of day in their order: from 9:00 to 21:00 is not from 21:00 to 9:00."""
    return [
        (f.value.low, f.value.high)
        for f in text.facts
        if isinstance(f.value, Quantity) and f.family == "time"
    ]


def _goes_with(
    words: Words, home: frozenset[str], others: list[frozenset[str]], heads: frozenset[str]
) -> bool:
    """Whether the words that tell two facts apart are on this one's side.

    What a whole sentence of a source is about tells them apart only where nothing else does.
    """
    for elsewhere in others:
        ours = sum(bool(w & home) and not w & elsewhere for w in words)
        theirs = sum(
            bool(w & elsewhere) and not w & home and not (ours and w & heads) for w in words
        )
        if theirs and theirs >= ours:
            return False
    return True


def _reason(fact: Fact, evidence: Evidence) -> Reason:
    if fact.family == "day":
        return Reason.DATE
    simple = {
        "time": Reason.TIME,
        "percent": Reason.PERCENTAGE,
        "duration": Reason.DURATION,
        "number": Reason.NUMBER,
        "times": Reason.NUMBER,
        "points": Reason.NUMBER,
        "payer": Reason.SWAP,
    }
    has_value = any(
        isinstance(f.value, Quantity)
        and isinstance(fact.value, Quantity)
        and (f.value.low, f.value.high) == (fact.value.low, fact.value.high)
        for f in evidence.facts
    )
    if fact.family in ("money", "limit"):
        return Reason.CURRENCY if has_value else Reason.PRICE
    return simple.get(fact.family, Reason.UNIT if has_value else Reason.NUMBER)
