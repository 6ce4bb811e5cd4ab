"""Passages of the shop's policy: found by their questions like entries of the FAQ, and worded for the product that is spoken of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from baihuo.assist.knowledge.check import KnowledgeFinding
from baihuo.assist.knowledge.entries import KnowledgeEntry, shown
from baihuo.assist.knowledge.facts import facts
from baihuo.assist.policy.answers import policy_answer
from baihuo.assist.policy.model import PolicySettings
from baihuo.assist.policy.policy import Policy
from baihuo.assist.policy.topics import QUESTIONS, Topic, names_nothing_else, topic_of
from baihuo.assist.turns import Author, Language, Passage, PassageKind
from baihuo.core import Product, fold

SURE: Final = 0.9  # of a pattern, not of a model: the topic that the words ask for
_FAQ_FROM: Final = 0.7  # P(right) from which the words of the FAQ are preferred
_PREFIX = "policy:"
_LEAST_WORD: Final = 5  # letters
_DAYS_OF = {"week": 7.0, "day": 1.0}
_LANGUAGES: tuple[Language, ...] = ("en", "zh")
_WINDOWS = (Topic.RETURN_WINDOW, Topic.EXCHANGE_WINDOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPassages:
    """What ``policy.yaml`` says, as passages.

    Args:
        as_of_us: when the file was last changed.
    """

    settings: PolicySettings
    as_of_us: int

    def entries(self) -> list[KnowledgeEntry]:
        """An entry for each way of asking, to be searched beside the FAQ."""
        return [
            KnowledgeEntry(
                source_id=_PREFIX + topic,
                kind=PassageKind.POLICY,
                language=language,
                question=question,
                answer=policy_answer(self.settings, topic, language),
                said_by=Author.DESK,
                as_of_us=self.as_of_us,
            )
            for topic, by_language in QUESTIONS.items()
            for language in _LANGUAGES
            for question in by_language[language]
        ]

    def beside(
        self,
        found: Sequence[Passage],
        asked: str,
        language: Language,
        product: Product | None = None,
    ) -> list[Passage]:
        """What was found, with the policy worded for the product, and without what contradicts it.

        A topic that the words surely ask for is there with P(right) of 0.9 at least. Of the FAQ and the policy on one topic one is
        left: the policy where they differ in a number, or where it says more of the product; else the FAQ.

        Args:
            found: entries of the knowledge, also those of :meth:`entries`.
            asked: the message.
            product: that is spoken of.
        """
        surely = topic_of(asked)
        topics = {t: p for p in found if (t := _topic(p)) is not None}
        if surely is None and not topics:
            return list(found)
        kept = [p for p in found if _topic(p) is None]
        for topic in dict.fromkeys([*([surely] if surely else []), *topics]):
            passage = self._worded(topic, language, asked, product, topics.get(topic))
            if topic is surely:
                p = max(passage.p_right or 0.0, SURE)
                passage = replace(passage, p_right=p, score=max(passage.score, p))
            rivals = [f for f in kept if f.kind is not PassageKind.POLICY and _asks(f, topic)]
            if not rivals:
                kept.append(passage)
                continue
            best = max(f.p_right or 0.0 for f in rivals)
            says_more = topic is surely and (passage.product_id is not None or best < _FAQ_FROM)
            if says_more or any(self._differs(f.text, topic) for f in rivals):
                kept = [f for f in kept if f not in rivals]
                kept.append(replace(passage, p_right=max(best, passage.p_right or 0.0)))
        return sorted(kept, key=lambda p: -(p.p_right or 0.0))

    def contradictions(self, entries: Sequence[KnowledgeEntry]) -> list[KnowledgeFinding]:
        """Answers that say another number than the policy does."""
        found = []
        for entry in entries:
            topic = topic_of(entry.question) if entry.question else None
            if topic is None or not (differs := self._differs(entry.answer, topic)):
                continue
            found.append(
                KnowledgeFinding(
                    kind="contradiction",
                    source_ids=(entry.source_id, _PREFIX + topic),
                    what=f"{shown(entry.question)!r}: {differs} of policy.yaml",
                    fix="correct the answer or policy.yaml; until then the policy is said, and no longer this answer",
                )
            )
        return found

    def _worded(
        self,
        topic: Topic,
        language: Language,
        asked: str,
        product: Product | None,
        found: Passage | None,
    ) -> Passage:
        title, category, product_id = "", tuple[str, ...](), None
        is_other = False
        if topic in _WINDOWS:
            named = self._named_category(topic, asked)
            if named:
                category = (named,)
            elif product is not None:
                own = product.title_zh if language == "zh" else product.title_en
                title, category = own or product.title, product.category
                product_id = product.product_id
            else:
                is_other = topic_of(asked) is topic and not names_nothing_else(asked)
        text = policy_answer(
            self.settings, topic, language, title=title, category=category, is_other=is_other
        )
        if found is not None:
            return replace(found, text=text, product_id=product_id)
        return Passage(
            source_id=_PREFIX + topic,
            kind=PassageKind.POLICY,
            text=text,
            language=language,
            as_of_us=self.as_of_us,
            question=QUESTIONS[topic][language][0],
            product_id=product_id,
        )

    def _named_category(self, topic: Topic, asked: str) -> str:
        """A category with a window of its own that the message names, in the plural or not, or in the other language."""
        section = self.settings.returns if topic is Topic.RETURN_WINDOW else self.settings.exchange
        words = fold(asked)
        padded = f" {' '.join(''.join(c if c.isalnum() else ' ' for c in words).split())} "
        for window in section.windows:
            name = fold(window.category)
            parts = [w for w in name.split() if len(w) >= _LEAST_WORD]  # of "Phones & Accessories"
            forms = {f for w in (name, *parts) for f in (w, w.removesuffix("s"), f"{w}s")}
            if any(f" {form} " in padded for form in forms) or (
                not name.isascii() and name in words
            ):
                return window.category
        named = [window for window in section.windows if window.is_named(asked)]
        return min(named, key=lambda w: w.days).category if named else ""

    def _differs(self, text: str, topic: Topic) -> str:
        here = _days(text)
        there = set[float]()
        for language in _LANGUAGES:
            there |= _days(policy_answer(self.settings, topic, language))
        if not here or not there or here & there:
            return ""
        return f"{_shown(here)} against {_shown(there)} (days)"


def policy_passages(file: Path) -> PolicyPassages | None:
    """What the shop's ``policy.yaml`` says; None without one: then defaults hold, but nothing is said of them.

    Raises:
        BadInput: it cannot be used; the message names file, line, setting, value and a fix.
    """
    if not file.exists():
        return None
    as_of_us = file.stat().st_mtime_ns // 1_000
    return PolicyPassages(settings=Policy.of(file).settings, as_of_us=as_of_us)


def _days(text: str) -> set[float]:
    """Days that a text names; weeks are days."""
    values = facts(text)
    return {v * n for unit, n in _DAYS_OF.items() for v in values.get(unit, ())}


def _shown(values: set[float]) -> str:
    return ", ".join(f"{v:g}" for v in sorted(values))


def _topic(passage: Passage) -> Topic | None:
    if passage.kind is not PassageKind.POLICY or not passage.source_id.startswith(_PREFIX):
        return None
    name = passage.source_id.removeprefix(_PREFIX)
    return Topic(name) if name in set(Topic) else None


def _asks(passage: Passage, topic: Topic) -> bool:
    return bool(passage.question) and topic_of(passage.question) is topic
