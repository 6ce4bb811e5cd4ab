"""What is wrong with the shop's knowledge: answers that are planted, contradict each other, are old, name what is not sold, or are missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from baihuo.assist.knowledge.entries import KnowledgeEntry, entry_key, shown
from baihuo.assist.knowledge.facts import facts, says_yes
from baihuo.assist.planted import planted_part
from baihuo.quality import near_texts

_DAY_US = 86_400_000_000
_YEAR = re.compile(r"(?<!\d)20(\d\d)\s?(?:[-/.年]\s?(\d{1,2})(?:[-/.月]\s?(\d{1,2}))?)?(?!\d)")
_DENIAL = re.compile(r"\b(?:not|no|never|without|out of)\b|n't\b|不|没|未|无")
_MOST_OF_ONE = 10  # old entries of one source that are named one by one
_SAME_QUESTION = 0.75  # Jaccard similarity of the words of two questions


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeFinding:
    """One thing that is wrong, where, and what to do."""

    kind: str  # "planted", "contradiction", "stale", "not_sold", "unanswered"
    source_ids: tuple[str, ...]
    what: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeReport:
    """Findings, gravest first, and how many entries were read."""

    n_entries: int
    findings: tuple[KnowledgeFinding, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """What the catalogue sells. ``titles_gone``: titles of products that it once had, by id."""

    is_sold: Callable[[str], bool]
    titles_gone: Mapping[str, str] = field(default_factory=dict)


class SaysOtherwise(Protocol):
    """A source that may contradict entries, such as the policy."""

    def contradictions(self, entries: Sequence[KnowledgeEntry]) -> list[KnowledgeFinding]: ...


def check_knowledge(
    entries: Sequence[KnowledgeEntry],
    *,
    now_us: int,
    stale_days: int = 365,
    sold: Sold | None = None,
    unanswered: Mapping[str, int] | None = None,
    policy: SaysOtherwise | None = None,
) -> KnowledgeReport:
    """Check all entries.

    Args:
        entries: what may be said.
        now_us: our clock, UTC.
        stale_days: an entry older than this is stale.
        sold: None: products are not looked at.
        unanswered: questions that nobody answered, with how often each was asked.
        policy: what the shop's policy says; None: it has none of its own.
    """
    found = [
        *_planted(entries),
        *([] if policy is None else policy.contradictions(entries)),
        *_contradictions(entries),
        *([] if sold is None else _not_sold(entries, sold)),
        *_stale(entries, now_us, stale_days),
        *_unanswered(unanswered or {}),
    ]
    return KnowledgeReport(
        n_entries=len(entries), findings=tuple(found), counts=dict(Counter(f.kind for f in found))
    )


def _planted(entries: Sequence[KnowledgeEntry]) -> list[KnowledgeFinding]:
    """Entries that are never said, because they give commands to the machine or hide something."""
    found = []
    for entry in entries:
        part = planted_part(entry.kind, entry.question, entry.answer)
        if not part:
            continue
        where = entry.source_id.partition(":")[2].rpartition("/")[0] or "its source"
        found.append(
            KnowledgeFinding(
                kind="planted",
                source_ids=(entry.source_id,),
                what=f"{shown(entry.question or entry.answer)!r} is never said: it looks like an instruction or a link planted in it ({shown(part, 40)!r})",
                fix=f"ask who wrote it; take it out of {where} or word it as information, and import that again",
            )
        )
    return found


def _contradictions(entries: Sequence[KnowledgeEntry]) -> list[KnowledgeFinding]:
    """Pairs that answer the same question of the same product with other numbers, or yes and no."""
    asked = [(at, e) for at, e in enumerate(entries) if e.question]
    by_key: dict[tuple[str, str | None], list[int]] = {}
    for at, entry in asked:
        by_key.setdefault((entry_key(entry.question), entry.product_id), []).append(at)
    pairs = {(rows[0], other) for rows in by_key.values() for other in rows[1:]}
    near = near_texts([e.question for _, e in asked], min_similarity=_SAME_QUESTION)
    pairs |= {
        (asked[a][0], asked[b][0])
        for a, b in near.tolist()
        if _denied(asked[a][1].question) == _denied(asked[b][1].question)
    }
    found = []
    for a, b in sorted(pairs):
        one, other = entries[a], entries[b]
        if one.product_id != other.product_id or one.source_id == other.source_id:
            continue
        if differs := _difference(one, other):
            what = f"{shown(one.question)!r}: {differs}"
            fix = "correct the older one, or take it out; ask different questions if both are right"
            ids = (one.source_id, other.source_id)
            found.append(KnowledgeFinding(kind="contradiction", source_ids=ids, what=what, fix=fix))
    return found


def _denied(question: str) -> int:
    """How many denials a question has: "in stock" and "not in stock" are two questions."""
    return len(_DENIAL.findall(question.lower().replace("’", "'")))


def _difference(one: KnowledgeEntry, other: KnowledgeEntry) -> str:
    here, there = facts(one.answer), facts(other.answer)
    for unit in here.keys() & there.keys():
        if not here[unit] & there[unit]:
            return f"{_values(here[unit])} against {_values(there[unit])} ({unit})"
    if one.context or other.context:
        return ""  # what is allowed depends on what was said before
    allowed, also = says_yes(one.answer), says_yes(other.answer)
    if allowed is not None and also is not None and allowed != also:
        yes, no = (one, other) if allowed else (other, one)
        return f"yes ({shown(yes.answer, 40)!r}) against no ({shown(no.answer, 40)!r})"
    return ""


def _values(values: frozenset[float]) -> str:
    return ", ".join(f"{v:g}" for v in sorted(values))


def _stale(
    entries: Sequence[KnowledgeEntry], now_us: int, stale_days: int
) -> list[KnowledgeFinding]:
    """Entries that name a date that is over, then old ones; many of one source are one finding."""
    fix = "confirm it by importing it again with a new date, or take it out"
    found = []
    old: dict[str, list[tuple[KnowledgeEntry, int]]] = {}
    for entry in entries:
        days = (now_us - entry.as_of_us) // _DAY_US
        if past := _year_past(entry.answer, now_us):
            what = f"{shown(entry.question or entry.answer)!r} names {past}, which is over"
            found.append(
                KnowledgeFinding(kind="stale", source_ids=(entry.source_id,), what=what, fix=fix)
            )
        elif days > stale_days:
            old.setdefault(entry.source_id.rpartition("/")[0], []).append((entry, days))
    for source, rows in old.items():
        if len(rows) > _MOST_OF_ONE:
            days = min(days for _, days in rows)
            what = f"{len(rows):,} entries of {source} are {days} days old or older"
            ids = tuple(entry.source_id for entry, _ in rows)
            found.append(KnowledgeFinding(kind="stale", source_ids=ids, what=what, fix=fix))
            continue
        for entry, days in rows:
            what = f"{shown(entry.question or entry.answer)!r} is {days} days old"
            found.append(
                KnowledgeFinding(kind="stale", source_ids=(entry.source_id,), what=what, fix=fix)
            )
    return found


def _year_past(text: str, now_us: int) -> str:
    """The last date that a text names, if it is over; empty otherwise."""
    days_now = now_us // _DAY_US
    last, shown_as = -1, ""
    for match in _YEAR.finditer(text):
        year, month, day = 2000 + int(match[1]), int(match[2] or 12), int(match[3] or 31)
        if not (1 <= month <= 12 and 1 <= day <= 31):
            continue
        # enough here: a date is over or not, and a day more or less is no matter
        at = round((year - 1970) * 365.2425 + (month - 1) * 30.44 + day)
        if at > last:
            last, shown_as = at, match.group().strip()
    return shown_as if 0 <= last < days_now - 2 else ""


def _not_sold(entries: Sequence[KnowledgeEntry], sold: Sold) -> list[KnowledgeFinding]:
    gone = [(i, title) for i, title in sold.titles_gone.items() if len(title) >= 4]
    found = []
    for entry in entries:
        named = entry.product_id if entry.product_id and not sold.is_sold(entry.product_id) else ""
        if not named:
            folded = entry.answer.lower()
            named = next((i for i, title in gone if title.lower() in folded), "")
        if named:
            found.append(
                KnowledgeFinding(
                    kind="not_sold",
                    source_ids=(entry.source_id,),
                    what=f"{shown(entry.question or entry.answer)!r} is about {named}, which is not sold",
                    fix="name another product, or take it out",
                )
            )
    return found


def _unanswered(questions: Mapping[str, int]) -> list[KnowledgeFinding]:
    return [
        KnowledgeFinding(
            kind="unanswered",
            source_ids=(),
            what=f"{shown(question)!r} was asked {n} time{'s' if n > 1 else ''} and not answered",
            fix="write an answer into the FAQ, and import it",
        )
        for question, n in sorted(questions.items(), key=lambda item: (-item[1], item[0]))
    ]
