"""What learning needs of the stages: fit on examples into a folder, open the folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from baihuo.assist.learning.examples import AnsweredQuestion, LabelledUtterance
from baihuo.assist.learning.measures import Finds, Understands
from baihuo.assist.learning.plain_bm25 import terms_of
from baihuo.assist.turns import Passage

UNDERSTANDING, ANSWERS = "understanding", "answers"
"""Folders of the part: what each stage learned."""


def said_key(text: str) -> str:
    """The words of a message, whatever its marks and spaces: what is held out must not be found by its own answer.

    >>> said_key("Where is it?") == said_key(" where is IT ")
    True
    """
    return " ".join(terms_of(text))


class ServiceTrainer(Protocol):
    """Fits and opens what the stages learn. :class:`~baihuo.assist.learning.stages.StageTrainer` is the real one."""

    def fit_understanding(self, utterances: Sequence[LabelledUtterance], out: Path) -> None:
        """Fit intents and entities into a folder."""

    def open_understanding(self, folder: Path | None) -> Understands:
        """What understands with it; None: nothing was learned."""

    def fit_answers(self, questions: Sequence[AnsweredQuestion], out: Path) -> bool:
        """Fit the ranking of answers into a folder; False: there are too few in every language, and nothing was written."""

    def fit_match(
        self, questions: Sequence[AnsweredQuestion], understander: Understands, out: Path
    ) -> None:
        """Calibrate P(right) of answers that are found without a ranking; nothing is written where there are too few."""

    def substantive(self, questions: Sequence[AnsweredQuestion]) -> list[AnsweredQuestion]:
        """Those whose answer says something that may be said again: no greeting, nothing of one order."""

    def open_answers(
        self, folder: Path | None, understander: Understands, *, without: frozenset[str]
    ) -> Finds:
        """What finds answers with it in the shop's knowledge, but for past answers to these questions (see :func:`said_key`)."""

    def knowledge(self, *, without: frozenset[str]) -> list[Passage]:
        """Everything that may be said, but for past answers to these questions."""
