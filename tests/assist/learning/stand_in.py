"""A trainer that learns by counting words, to hold the learning of customer service against results that are known."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from baihuo.assist.learning.examples import AnsweredQuestion, LabelledUtterance
from baihuo.assist.learning.measures import Finds, Understands
from baihuo.assist.learning.plain_bm25 import PlainBm25, terms_of
from baihuo.assist.turns import Passage, PassageKind, Turn, Understanding


class WordVotes:
    """Each word votes for the intents that it came with."""

    def __init__(self, votes: dict[str, dict[str, float]]) -> None:
        self.votes = votes

    def understand(self, turn: Turn) -> Understanding:
        total: Counter[str] = Counter()
        for term in terms_of(turn.text):
            total.update(self.votes.get(term, {}))
        intent = total.most_common(1)[0][0] if total else ""
        return Understanding(language="en", intent=intent, query=turn.text)


class ByWords:
    """BM25; with ``boost`` the passage of that number is put first, as something badly learned would do."""

    def __init__(self, passages: Sequence[Passage], first: int | None, p_right: float) -> None:
        self.passages, self.first, self.p_right = passages, first, p_right
        self.index = PlainBm25([f"{p.question} {p.text}" for p in passages])

    def find(self, turn: Turn, understanding: Understanding) -> tuple[Passage, ...]:
        scores = self.index.scores(turn.text)
        if self.first is not None:
            scores[self.first] = 1e6
        found = []
        for row in (-scores).argsort(kind="stable")[:10]:
            one = self.passages[row]
            found.append(
                Passage(
                    source_id=one.source_id,
                    kind=one.kind,
                    text=one.text,
                    language="en",
                    as_of_us=0,
                    score=float(scores[row]),
                    p_right=self.p_right if scores[row] > 0 else 0.0,
                )
            )
        return tuple(found)


class StandIn:
    """A :class:`~baihuo.assist.learning.trainer.ServiceTrainer`."""

    def __init__(
        self,
        passages: Sequence[Passage],
        *,
        first: int | None = None,
        learns: bool = True,
        p_right: float = 0.9,
    ) -> None:
        self.passages, self.first, self.learns, self.p_right = passages, first, learns, p_right
        self.saw: list[str] = []
        self.saw_conversations: set[str] = set()

    def fit_understanding(self, utterances: Sequence[LabelledUtterance], out: Path) -> None:
        votes: dict[str, Counter[str]] = {}
        for one in utterances if self.learns else utterances[:1]:
            self.saw.append(one.text)
            for term in terms_of(one.text):
                votes.setdefault(term, Counter())[one.intent] += 1
        out.mkdir(parents=True)
        shares = {
            term: {i: n / counts.total() for i, n in counts.items()}
            for term, counts in votes.items()
        }
        (out / "votes.json").write_text(json.dumps(shares), encoding="utf-8")

    def open_understanding(self, folder: Path | None) -> Understands:
        if folder is None:
            return WordVotes({})
        return WordVotes(json.loads((folder / "votes.json").read_text(encoding="utf-8")))

    def fit_match(
        self, questions: Sequence[AnsweredQuestion], understander: Understands, out: Path
    ) -> None:
        """Nothing: its probabilities are given."""

    def fit_answers(self, questions: Sequence[AnsweredQuestion], out: Path) -> bool:
        self.saw_conversations |= {q.conversation for q in questions}
        out.mkdir(parents=True)
        learned = {"first": self.first, "p_right": self.p_right}
        (out / "answers.json").write_text(json.dumps(learned), encoding="utf-8")
        return True

    def substantive(self, questions: Sequence[AnsweredQuestion]) -> list[AnsweredQuestion]:
        return list(questions)

    def open_answers(
        self, folder: Path | None, understander: Understands, *, without: frozenset[str]
    ) -> Finds:
        if folder is None:
            return ByWords(self.passages, None, 0.9)
        learned = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
        return ByWords(self.passages, learned["first"], learned["p_right"])

    def knowledge(self, *, without: frozenset[str]) -> list[Passage]:
        return list(self.passages)


def passage(number: int, question: str, text: str) -> Passage:
    """An entry of the FAQ."""
    return Passage(
        source_id=f"faq:{number}",
        kind=PassageKind.FAQ,
        text=text,
        question=question,
        language="en",
        as_of_us=0,
    )
