"""The second stage of a turn: passages that may answer it, best first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from baihuo.assist.knowledge.entries import KnowledgeEntry
from baihuo.assist.knowledge.pair_terms import bare_text
from baihuo.assist.retrieve.context import Context, context_of
from baihuo.assist.retrieve.flat_terms import Floats
from baihuo.assist.retrieve.knowledge_index import KnowledgeIndex
from baihuo.assist.turns import Author, Language, Passage, PassageKind, Turn, Understanding
from baihuo.assist.understand.ellipsis import CarriedOn, carried_on

_OF_A_WISH = 2  # entries for each of several wishes
_LEAST_SAID = (
    8  # characters of an answer without marks, to be the same as a longer one that has them
)
_READ_AGAIN = (
    0.65  # P(right) of the best entry below which a question is read in the trade's words, too
)
MOST_MESSAGES = 8  # of the conversation that are read as context

FindProducts = Callable[[Turn, Understanding], Sequence[Passage]]
"""Products that a shopper describes, in the order of the search page, with price and stock as they are now."""

ProductPassages = Callable[[str, Language], Sequence[Passage]]
"""Facts, variants and reviews of one product as they are now: empty for a product that is not there."""


@dataclass(frozen=True, kw_only=True)
class Retriever:
    """Finds passages in the shop's knowledge, of the product that is talked about, and of the catalogue.

    Args:
        indexes: entries by language. An answer is in the language of the question.
        find_products: the search page of the shop; None: nothing is searched.
        of_product: facts of the product on the page or in the message; None: none are read.
        n_answers: how many entries of the knowledge are returned at most.
        n_products: how many products.
    """

    indexes: Mapping[Language, KnowledgeIndex] = field(default_factory=dict)
    find_products: FindProducts | None = None
    of_product: ProductPassages | None = None
    n_answers: int = 5
    n_products: int = 6

    def find(self, turn: Turn, understanding: Understanding) -> tuple[Passage, ...]:
        """Passages by P(right): entries of the knowledge first, then facts of the product, then products that were searched for.

        What comes of a product keeps the order in which the catalogue gives it.
        """
        language = understanding.language
        asked = (understanding.query or turn.text).strip()
        if not asked:
            return ()
        index = self.indexes.get(language)
        vectors = None
        if index is not None and understanding.wishes:
            vectors = index.encoded([*map(index.read, (asked, *understanding.wishes))])
        found = self._answers(turn, understanding, asked, vectors)
        if index is not None:
            found = self._read_otherwise(turn, understanding, asked, found, index)
        for number, wish in enumerate(understanding.wishes, start=1):
            of_it = self._answers(turn, understanding, wish, vectors)[:_OF_A_WISH]
            found += [replace(passage, wish=number) for passage in of_it]
        if understanding.product_id and self.of_product is not None:
            found += self.of_product(understanding.product_id, language)
        if self.find_products is not None:
            seen = {p.source_id for p in found}
            searched = self.find_products(turn, understanding)[: self.n_products]
            found += [p for p in searched if p.source_id not in seen]
        return tuple(found)

    def _read_otherwise(
        self,
        turn: Turn,
        understanding: Understanding,
        asked: str,
        found: list[Passage],
        index: KnowledgeIndex,
    ) -> list[Passage]:
        """The passages, or those of another reading of the message that surely finds more: as going on with the question before it, and in
        the trade's words."""
        if _surest(found) >= _READ_AGAIN:
            return found
        if (carried := carried_on(turn)) is not None:
            said = index.with_ids(_said_before(turn))
            # what was just said answers what is new only where it names it
            without = {e.source_id for e in said if not carried.is_named_in(e.answer)}
            goes_on = self._answers(turn, understanding, carried.text, None, without)
            if _surest(goes_on) > _surest(found) and _names(goes_on[0], carried):
                found, asked = goes_on, carried.text
        if (meant := index.in_trade_words(asked)) != asked:
            again = self._answers(turn, understanding, meant, None)
            if _surest(again) > _surest(found):
                known = {p.source_id for p in again}
                found = again + [p for p in _ours(found) if p.source_id not in known]
        return found

    def read(self, text: str, language: Language) -> str:
        """A text as the knowledge of a language writes it: without slips, pinyin and wrong characters."""
        index = self.indexes.get(language)
        return text if index is None else index.read(text)

    def _answers(
        self,
        turn: Turn,
        understanding: Understanding,
        asked: str,
        vectors: Mapping[str, Floats] | None,
        without: Collection[str] = (),
    ) -> list[Passage]:
        index = self.indexes.get(understanding.language)
        if index is None:
            return []
        context = context_of_turn(turn, asked)
        found = index.search(asked, context, 3 * self.n_answers, vectors=vectors, without=without)
        passages: dict[str, Passage] = {}
        for at, score, p in zip(
            found.at.tolist(), found.scores.tolist(), found.p_right.tolist(), strict=True
        ):
            entry = index.entries[at]
            if entry.product_id and entry.product_id != understanding.product_id:
                continue  # of another product
            passage = _passage(entry, score, p)
            first = passages.setdefault(entry.answer, passage)
            if first.kind is PassageKind.ANSWER and passage.kind is PassageKind.FAQ:
                # in the shop's own words, though a person was asked so once, too
                passages[entry.answer] = replace(passage, score=first.score, p_right=first.p_right)
        return _cut(_in_the_shops_words(list(passages.values())), self.n_answers)


def _in_the_shops_words(passages: Sequence[Passage]) -> list[Passage]:
    """The passages, but a past answer that has an FAQ answer in it, or is a piece of one, is that one: people add to what they copy, and in
    a hurry leave half of it out."""
    bare = {p.source_id: bare_text(p.text) for p in passages}
    ours = [p for p in passages if p.kind is PassageKind.FAQ]
    made: dict[str, Passage] = {}
    for passage in passages:
        said = bare[passage.source_id]
        same = next((p for p in ours if _holds(said, bare[p.source_id])), passage)
        first = made.setdefault(same.source_id, replace(same, p_right=passage.p_right))
        if (passage.p_right or 0.0) > (first.p_right or 0.0):
            made[same.source_id] = replace(first, p_right=passage.p_right, score=passage.score)
    return list(made.values())


def _cut(passages: list[Passage], most: int) -> list[Passage]:
    """At most so many, best first; the best of the shop's own is among them, whatever people once answered."""
    kept, rest = passages[:most], _ours(passages[most:])
    return kept if _ours(kept) or not rest else [*kept[:-1], rest[0]]


def _ours(passages: Sequence[Passage]) -> list[Passage]:
    return [p for p in passages if p.kind is not PassageKind.ANSWER]


def _holds(said: str, ours: str) -> bool:
    shorter, longer = sorted((said, ours), key=len)
    return len(shorter) >= _LEAST_SAID and shorter in longer


def _surest(passages: Sequence[Passage]) -> float:
    return max((p.p_right or 0.0 for p in passages), default=0.0)


def _names(passage: Passage, carried: CarriedOn) -> bool:
    """Whether an entry is about what is new in a message that goes on with another."""
    return carried.is_named_in(f"{passage.question} {passage.text}")


def _said_before(turn: Turn) -> frozenset[str]:
    """Sources of our last message."""
    for message in reversed(turn.conversation.messages):
        if message.author is not Author.SHOPPER:
            return frozenset(message.source_ids)
    return frozenset()


def context_of_turn(turn: Turn, asked: str) -> Context:
    """The last messages of the conversation, and what is asked now."""
    before = [
        (m.text, m.author is not Author.SHOPPER)
        for m in turn.conversation.messages[-MOST_MESSAGES:]
        if m.message_id != turn.message_id
    ]
    return context_of([*before, (asked, False)])


def _passage(entry: KnowledgeEntry, score: float, p_right: float) -> Passage:
    return Passage(
        source_id=entry.source_id,
        kind=entry.kind,
        text=entry.answer,
        language=entry.language,
        as_of_us=entry.as_of_us,
        question=entry.question,
        score=score,
        p_right=p_right,
        product_id=entry.product_id,
    )
