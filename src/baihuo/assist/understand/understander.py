"""Reads one message of a shopper: language, intent, entities, yes or no, mood, and what "it" refers to.

What is learned comes from a folder of files; language, yes and no, anger, the wish for a person and order numbers need none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from baihuo.assist.turns import Entity, Language, Turn, Understanding
from baihuo.assist.understand.language import language_of
from baihuo.assist.understand.lexicon import message_words
from baihuo.assist.understand.message_model import MessageModel
from baihuo.assist.understand.mood import is_angry, wants_person
from baihuo.assist.understand.order_ids import ORDER_ID, OrderIds, is_in_address
from baihuo.assist.understand.parts import with_parts
from baihuo.assist.understand.query_text import query_of
from baihuo.assist.understand.readable import MOST_CHARACTERS, readable, words_of
from baihuo.assist.understand.references import referred
from baihuo.assist.understand.spans import SpanModel
from baihuo.assist.understand.stored import read_entities, read_messages
from baihuo.assist.understand.text_features import typed_in_pinyin
from baihuo.assist.understand.wishes import wishes
from baihuo.assist.understand.yes_no import answers_yes

_N_INTENTS = 5
_LEAST_ENTITY = 0.5  # probability
_SURELY_PERSON = 0.6
_PERSON_INTENTS = ("contact_human_agent", "human_agent", "speak_to_human", "转人工")
_LEAST_SYLLABLES = 3

TitleOf = Callable[[str, Language], str | None]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Understander:
    """Immutable; threads may share it."""

    order_ids: OrderIds
    messages: MessageModel | None = None  # None: nothing was learned
    entities: SpanModel | None = None
    person_intents: tuple[str, ...] = _PERSON_INTENTS  # intents that ask for a person
    title_of: TitleOf | None = None  # a product's title, to search for what "it" refers to

    @staticmethod
    def open(
        folder: Path, *, order_patterns: Sequence[str] = (), title_of: TitleOf | None = None
    ) -> Understander:
        """With what :func:`~baihuo.assist.learning.utterances.fit_understanding` wrote.

        Args:
            folder: has ``messages.npz`` and, where entities were learned, ``entities.npz``.
            order_patterns: regular expressions of the shop's order numbers; none: see :class:`OrderIds`.
            title_of: the title of a product in a language.

        Raises:
            NotFound: nothing was learned there.
            BadInput: a file is damaged, or a pattern is no regular expression.
        """
        return Understander(
            order_ids=OrderIds.of(order_patterns),
            messages=read_messages(folder),
            entities=read_entities(folder),
            title_of=title_of,
        )

    @staticmethod
    def untrained(
        *, order_patterns: Sequence[str] = (), title_of: TitleOf | None = None
    ) -> Understander:
        """Without anything learned: no intents, and no entities but order numbers."""
        return Understander(order_ids=OrderIds.of(order_patterns), title_of=title_of)

    def understand(self, turn: Turn) -> Understanding:
        """What the message of a turn means. Never fails; cost grows with the first 1,000 characters at most."""
        text, conversation = turn.text[:MOST_CHARACTERS], turn.conversation
        plain = readable(text)
        words = message_words(plain)
        entities = self._entities(text, is_asked=conversation.asked == ORDER_ID)
        said = {e.kind: e.value for e in reversed(entities)}  # the first of each kind
        about = referred(
            words,
            conversation,
            order_id=said.get(ORDER_ID),
            product_id=said.get("product_id"),
        )
        language = self._language(text, plain, turn)
        pending = conversation.pending
        understanding = Understanding(
            language=language,
            is_angry=is_angry(text, words),
            wants_person=wants_person(words),
            answers_yes=answers_yes(plain, words, pending.tool if pending else ""),
            entities=entities,
            order_id=about.order_id,
            product_id=about.product_id,
            wishes=wishes(text),
            query=query_of(
                text,
                words,
                known=self.messages.own_words if self.messages else None,
                title=self._title(about.product_id, language, said),
            ),
        )
        return self._with_intents(understanding, plain, entities)

    def intent_of(self, text: str) -> tuple[str, float]:
        """The likeliest intent of a text, and its probability; ``("", 0.0)`` where nothing was learned."""
        plain = readable(text)
        if self.messages is None or not words_of(plain):
            return "", 0.0
        probabilities, _ = self.messages.read(plain, ())
        best = int(probabilities.argmax())
        return self.messages.intents[best], float(probabilities[best])

    def _with_intents(
        self, understanding: Understanding, plain: str, entities: Sequence[Entity]
    ) -> Understanding:
        model = self.messages
        if model is None or not words_of(plain):
            return understanding
        values = [e.value for e in entities]
        probabilities, p_whole = model.read(plain, values)
        p_ours = with_parts(p_whole, plain, lambda part: model.read(part, values)[1])
        best = probabilities.argsort()[::-1][:_N_INTENTS]
        intents = tuple((model.intents[i], float(probabilities[i])) for i in best)
        intent, p_intent = intents[0]
        is_personal = intent in self.person_intents and p_intent >= _SURELY_PERSON
        is_reply = understanding.answers_yes is not None or understanding.wants_person
        return replace(
            understanding,
            intent=intent,
            p_intent=p_intent,
            intents=intents,
            p_our_business=1.0 if is_reply else p_ours,
            wants_person=understanding.wants_person or (is_personal and p_ours >= 0.5),
        )

    def _entities(self, text: str, *, is_asked: bool) -> tuple[Entity, ...]:
        """Order numbers by their form first; what was learned where they are not."""
        orders = self.order_ids.find(text, is_asked=is_asked)
        if self.entities is None:
            return orders
        learned = [e for e in self.entities.find(text) if e.probability >= _LEAST_ENTITY]
        learned = [
            e for e in learned if e.kind != ORDER_ID or not is_in_address(text, e.start, e.end)
        ]
        if not self.order_ids.patterns:
            # Without a pattern of the shop's own, a number is what its surroundings say that it is; its form says where it ends.
            learned = [
                e
                for e in learned
                if e.kind != ORDER_ID
                or not any(e.start <= o.start < o.end <= e.end for o in orders)
            ]
            orders = tuple(o for o in orders if not any(_overlap(o, e) for e in learned))
        else:
            learned = [e for e in learned if not any(_overlap(o, e) for o in orders)]
        return tuple(sorted((*orders, *learned), key=lambda e: e.start))

    def _language(self, text: str, plain: str, turn: Turn) -> Language:
        language = language_of(text, turn.conversation)
        if language == "en" and turn.conversation.language == "zh" and self.messages is not None:
            typed = typed_in_pinyin(words_of(plain), self.messages.sounds)
            return "zh" if len(typed) >= _LEAST_SYLLABLES else "en"
        return language

    def _title(
        self, product_id: str | None, language: Language, said: dict[str, str]
    ) -> str | None:
        if product_id is None or self.title_of is None or "product" in said:
            return None
        return self.title_of(product_id, language)


def _overlap(a: Entity, b: Entity) -> bool:
    return a.start < b.end and b.start < a.end
