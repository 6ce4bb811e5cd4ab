"""A shop's knowledge in a few entries, and an encoder that needs no weights."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from baihuo.assist.knowledge.entries import KnowledgeEntry, language_of
from baihuo.assist.knowledge.pair_terms import is_word, pair_terms
from baihuo.assist.turns import (
    Author,
    Conversation,
    Identity,
    Message,
    PassageKind,
    Turn,
    Understanding,
)
from baihuo.core import Progress, no_progress


class WordEncoder:
    """Texts that share words are near: each word is a random direction, fixed by its letters."""

    name, hash, dim = "words", "words-1", 64

    def encode(self, texts: Sequence[str], *, progress: Progress = no_progress) -> np.ndarray:
        out = np.zeros((len(texts), self.dim), np.float32)
        for row, text in enumerate(texts):
            for word in filter(is_word, pair_terms(text)):
                rng = np.random.default_rng(zlib.crc32(word.encode()))
                out[row] += rng.normal(size=self.dim).astype(np.float32)
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)


def entry(question: str, answer: str, **fields: object) -> KnowledgeEntry:
    given: dict[str, object] = {
        "source_id": f"faq:a/{question}",
        "kind": PassageKind.FAQ,
        "language": language_of(question + answer),
        "question": question,
        "answer": answer,
        "said_by": Author.DESK,
        "as_of_us": 1,
    }
    return KnowledgeEntry(**(given | fields))  # type: ignore[arg-type]


def turn(text: str, *before: tuple[Author, str]) -> Turn:
    messages = tuple(
        Message(message_id=str(at), author=author, text=said, at_us=at)
        for at, (author, said) in enumerate(before)
    )
    conversation = Conversation(
        conversation_id="c", identity=Identity(visitor_id="v"), messages=messages
    )
    return Turn(conversation=conversation, message_id="now", text=text, now_us=9)


def meant(text: str, **fields: object) -> Understanding:
    return Understanding(language=language_of(text), **fields)  # type: ignore[arg-type]
