"""The systems that are compared: what each says of a message."""

from __future__ import annotations

import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from baihuo.assist.learning.utterance_rows import Marked, Utterance
from baihuo.assist.learning.utterances import fit_understanding
from baihuo.assist.turns import Conversation, Identity, Turn
from baihuo.assist.understand.understander import Understander


class Read(NamedTuple):
    """What a system says of a message."""

    intent: str
    p_intent: float
    ours: float  # larger: the shop's business
    entities: tuple[Marked, ...]


class System(Protocol):
    """Reads messages."""

    def read(self, text: str) -> Read:
        """Of one message."""


class Tfidf:
    """TF-IDF of words, pairs and parts of words with a logistic regression; entities by regular expressions made of the training file:
    the form of a kind's numbers, else its values; the shop's business is the largest probability of an intent."""

    def __init__(self, rows: Sequence[Utterance], seed: int) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline, make_union

        features = make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True),
        )
        self._model: Any = make_pipeline(features, LogisticRegression(C=10, max_iter=200))
        self._model.fit([u.text for u in rows], [u.intent for u in rows])
        self._patterns = _patterns(rows)

    def read(self, text: str) -> Read:
        """Of one message."""
        (p,) = self._model.predict_proba([text])
        best = int(p.argmax())
        intent = str(self._model.classes_[best])
        return Read(intent, float(p[best]), float(p[best]), tuple(self._entities(text)))

    def _entities(self, text: str) -> list[Marked]:
        found: list[Marked] = []
        for kind, pattern in self._patterns:
            for match in pattern.finditer(text):
                mark = Marked(kind, *match.span())
                if not any(mark.start < m.end and m.start < mark.end for m in found):
                    found.append(mark)
        return found


def _patterns(rows: Sequence[Utterance]) -> list[tuple[str, re.Pattern[str]]]:
    values: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        for mark in row.marked:
            values[mark.kind][row.text[mark.start : mark.end].lower()] += 1
    found = []
    for kind, of in values.items():
        if all(re.fullmatch(r"[\W\d]+", value) for value in of):
            first = re.escape(next(iter(of))[0]) if all(not v[0].isdigit() for v in of) else ""
            lengths = [sum(c.isdigit() for c in v) for v in of]
            pattern = rf"(?<![\d#]){first}\d{{{min(lengths)},{max(lengths)}}}(?!\d)"
            order = (not first, -min(lengths))
        else:
            longest = sorted(of, key=len, reverse=True)
            pattern = rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)"
            order = (True, 1)
        found.append((order, kind, re.compile(pattern, re.IGNORECASE)))
    return [(kind, pattern) for _, kind, pattern in sorted(found, key=lambda f: f[:2])]


class Baihuo:
    """What ``baihuo assist train`` fits, opened from its files as the server opens them."""

    def __init__(self, rows: Sequence[Utterance], seed: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.report = fit_understanding(rows, Path(folder), seed)
            self._understander = Understander.open(Path(folder))

    def read(self, text: str) -> Read:
        """Of one message."""
        said = self._understander.understand(turn_of(text))
        entities = tuple(Marked(e.kind, e.start, e.end) for e in said.entities)
        return Read(said.intent, said.p_intent, said.p_our_business, entities)


def turn_of(text: str) -> Turn:
    """The first message of a conversation of nobody known."""
    conversation = Conversation(conversation_id="c", identity=Identity(visitor_id="v"))
    return Turn(conversation=conversation, message_id="m", text=text, now_us=0)


SYSTEMS: dict[str, Callable[[Sequence[Utterance], int], System]] = {
    "tfidf": Tfidf,
    "baihuo": Baihuo,
}
