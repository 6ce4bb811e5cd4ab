"""Whole turns of customer service over an index: as the server takes them, without a generative model."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from baihuo.assist import AssistParts, WordsCheck, open_acts
from baihuo.assist.orders.settings import OrdersSettings
from baihuo.assist.record import ConversationStore
from baihuo.assist.retrieve.knowledge_index import KnowledgeIndex
from baihuo.assist.retrieve.retriever import Retriever
from baihuo.assist.service import Service
from baihuo.assist.turns import Conversation, Identity, Language
from baihuo.assist.understand.understander import Understander
from baihuo.core import ShopPaths
from baihuo.privacy import redact


@contextmanager
def open_service(
    folder: Path, index: KnowledgeIndex, understanding: Path | None
) -> Iterator[Service]:
    """Understanding, retrieval, orders and policy, check, and a file of conversations, in an empty folder.

    Args:
        understanding: what ``fit_understanding`` wrote; None: nothing was learned of messages.
    """
    acts = open_acts(ShopPaths(folder), OrdersSettings())
    understander = (
        Understander.untrained() if understanding is None else Understander.open(understanding)
    )
    language: Language = index.entries[0].language
    parts = AssistParts(
        understander=understander,
        retriever=Retriever(indexes={language: index}),
        identifier=acts.identification,
        tools=acts.tools,
        checker=WordsCheck(),
    )
    store = ConversationStore(folder / "conversations.sqlite", lambda text: redact(text).text)
    try:
        yield Service(store, lambda: parts, clock=lambda: time.time_ns() // 1000)
    finally:
        store.close()
        acts.close()


class Turns:
    """The same messages in new conversations, again and again."""

    def __init__(self, service: Service, questions: Sequence[str], language: Language) -> None:
        self._service, self._questions, self._language = service, questions, language
        self._numbers = count()

    def round_ms(self) -> tuple[float, float]:
        """CPU of a turn in milliseconds: of first messages, and of second ones in the same conversations."""
        names = [f"c{next(self._numbers)}" for _ in self._questions]
        for name in names:
            visitor = Identity(visitor_id=name)
            started = Conversation(conversation_id=name, identity=visitor, language=self._language)
            self._service.start(started)
        spent = []
        for turn, asked in enumerate((self._questions, [*self._questions[1:], self._questions[0]])):
            start = time.process_time()
            for name, text in zip(names, asked, strict=True):
                self._service.say(name, f"m{turn}", text)
            spent.append((time.process_time() - start) * 1000 / len(names))
        return spent[0], spent[1]
