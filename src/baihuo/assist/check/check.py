"""Every sentence of a reply against the passages that it cites. Read :data:`RULES` first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from baihuo.assist.check.anchors import moved_anchors
from baihuo.assist.check.checked import Checked, Doubt, Reason
from baihuo.assist.check.evidence import Evidence
from baihuo.assist.check.facts import Finding, swapped_facts, unheld_facts
from baihuo.assist.check.languages import malformed, switched
from baihuo.assist.check.reading import Read, read
from baihuo.assist.check.sayings import (
    flipped,
    unheld_names,
    unheld_promises,
    unheld_words,
    widened,
)
from baihuo.assist.check.spoken_of import pieces
from baihuo.assist.check.wholeness import is_whole
from baihuo.assist.turns import Language, Passage, PassageKind, Reply, Sentence, Turn

RULES: tuple[Callable[[Read, Evidence], Iterator[Finding]], ...] = (
    unheld_facts,
    unheld_promises,
    unheld_words,
    flipped,
    swapped_facts,
    moved_anchors,
    widened,
)
"""The rules about what is said: cheap and sure ones first. The first that finds something is the reason."""

MOST_SENTENCES = 12


def check_reply(
    reply: Reply,
    passages: Sequence[Passage],
    turn: Turn,
    composed: Reply | None = None,
) -> Checked:
    """Hold every sentence against the passages that it cites: their texts, questions and facts.

    Args:
        reply: what a model made of ``composed``, or any reply.
        passages: those of the turn.
        turn: what is replied to. Nothing that a shopper writes is a source.
        composed: what is sent instead where anything is in doubt. Its sentences are ours, and may be repeated. None: what is
            sent is ``reply`` without the sentences in doubt.
    """
    doubts = tuple(_doubts(reply, passages, composed))
    if not doubts:
        return Checked(reply=reply)
    if composed is not None:
        return Checked(reply=composed, doubts=doubts)
    doubted = {doubt.sentence for doubt in doubts}
    kept = tuple(s for s in reply.sentences if s.text not in doubted)
    return Checked(reply=replace(reply, sentences=kept), doubts=doubts)


class WordsCheck:
    """The check as a part of a turn."""

    def problems(
        self, turn: Turn, rephrased: Reply, extractive: Reply, passages: tuple[Passage, ...]
    ) -> tuple[str, ...]:
        """Why a rephrased reply may not be sent, one reason a sentence; empty where it may."""
        checked = check_reply(rephrased, passages, turn, extractive)
        return tuple(str(doubt.reason) for doubt in checked.doubts)


def _doubts(
    reply: Reply,
    passages: Sequence[Passage],
    composed: Reply | None,
) -> Iterator[Doubt]:
    if composed is not None and reply.language != composed.language:
        yield Doubt(reason=Reason.LANGUAGE, sentence=reply.text[:80])
        return
    if len(reply.sentences) > MOST_SENTENCES:
        yield Doubt(reason=Reason.LENGTH, sentence=reply.text[:80])
        return
    known = {s.text for s in composed.sentences} if composed is not None else set()
    for sentence in reply.sentences:
        if sentence.text in known:
            continue
        ours = composed.sentences if composed is not None else ()
        for reason, found in islice(doubts_of(sentence, reply.language, passages, ours), 1):
            yield Doubt(reason=reason, sentence=sentence.text, found=found)
    if composed is not None and not is_whole(*(_texts(r) for r in (reply, composed))):
        yield Doubt(reason=Reason.OMITTED, sentence=reply.text[:80])


def all_doubts(
    reply: Reply, passages: Sequence[Passage], composed: Reply | None
) -> Iterator[Doubt]:
    """Every doubt of every sentence: a turn needs the first alone."""
    ours = composed.sentences if composed is not None else ()
    for sentence in reply.sentences:
        for reason, found in doubts_of(sentence, reply.language, passages, ours):
            yield Doubt(reason=reason, sentence=sentence.text, found=found)
    if composed is not None and not is_whole(*(_texts(r) for r in (reply, composed))):
        yield Doubt(reason=Reason.OMITTED, sentence=reply.text[:80])


def _texts(reply: Reply) -> list[str]:
    return [s.text for s in reply.sentences]


def doubts_of(
    sentence: Sentence,
    language: Language,
    passages: Iterable[Passage],
    ours: Sequence[Sentence] = (),
) -> Iterator[Finding]:
    """Why a sentence is not held by what it cites, the surest reason first.

    Args:
        ours: sentences that we wrote from the same passages. One without a source states no fact and
            is no evidence: it may repeat the shopper's words.
    """
    ours = [s for s in ours if s.source_ids]
    cited = [p for p in passages if p.source_id in sentence.source_ids]
    own = [s for s in ours if set(s.source_ids) <= set(sentence.source_ids)]
    named = {p.source_id for p in cited} | {i for s in own for i in s.source_ids}
    for source_id in sentence.source_ids:
        if source_id not in named:
            yield Reason.SOURCE, source_id
    everything = Evidence.of(cited, more=[s.text for s in own])
    yield from malformed(sentence.text, language, everything)
    yield from switched(read(sentence.text), language, everything)
    yield from unheld_names(sentence.text, everything)
    if not any(p.kind is not PassageKind.REVIEW for p in cited):
        yield from _contacts_of_shoppers(sentence, cited)
    for text, spoken_of in pieces(sentence.text, cited):
        evidence = (
            everything
            if len(spoken_of) == len(cited)
            else Evidence.of(spoken_of, more=[s.text for s in own if _is_of(s, spoken_of)])
        )
        for rule in RULES:
            yield from rule(read(text), evidence)


def _is_of(sentence: Sentence, passages: Iterable[Passage]) -> bool:
    return set(sentence.source_ids) <= {p.source_id for p in passages}


def _contacts_of_shoppers(sentence: Sentence, cited: Sequence[Passage]) -> Iterator[Finding]:
    """A review may say where to write or to call; the shop does not."""
    if cited:
        for contact in sorted(read(sentence.text).contacts):
            yield Reason.CONTACT, contact
