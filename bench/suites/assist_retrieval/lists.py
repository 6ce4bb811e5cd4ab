"""Questions with a hundred answers each, the true one first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.knowledge.pair_terms import bare_text
from baihuo.assist.knowledge.past_pairs import PastPair
from baihuo.core import BadInput

N_OTHERS = 99
FEWEST_CHARACTERS = 6


@dataclass(frozen=True, slots=True, eq=False)
class AnswerLists:
    """``questions`` are rows of the judged pairs, ``answers`` ``[questions, 1 + 99]`` rows of their answers."""

    questions: NDArray[np.int64]
    answers: NDArray[np.int64]


def substantive(pairs: Sequence[PastPair], known: Sequence[PastPair]) -> list[int]:
    """Pairs whose answer has six characters or more after masks and punctuation, and is none of ``known``."""
    said = {bare_text(pair.answer) for pair in known}
    bare = [bare_text(pair.answer) for pair in pairs]
    return [
        at for at, text in enumerate(bare) if len(text) >= FEWEST_CHARACTERS and text not in said
    ]


def draw_lists(pairs: Sequence[PastPair], asked: Sequence[int], *, seed: int) -> AnswerLists:
    """The 99 others of each question: of all other answers, repeated ones kept, none equal to the true one.

    Raises:
        BadInput: there are too few other answers.
    """
    rng = np.random.default_rng(seed)
    texts = np.array([pair.answer for pair in pairs])
    lists = []
    for at in asked:
        others = np.flatnonzero(texts != texts[at])
        if len(others) < N_OTHERS:
            raise BadInput(
                f"the judged files have {len(others)} answers other than {texts[at]!r}, and a list needs {N_OTHERS}",
                fix="judge a larger part: longer dev files, or a larger --share",
            )
        lists.append([at, *rng.choice(others, N_OTHERS, replace=False).tolist()])
    return AnswerLists(np.array(asked), np.array(lists))


def split(pairs: Sequence[PastPair], *, share: float, seed: int) -> tuple[list[int], list[int]]:
    """Training and judged pairs: a conversation is on one side."""
    names = sorted({pair.conversation for pair in pairs})
    rng = np.random.default_rng(seed)
    rng.shuffle(names)
    held = set(names[: round(share * len(names))])
    judged = [at for at, pair in enumerate(pairs) if pair.conversation in held]
    return [at for at, pair in enumerate(pairs) if pair.conversation not in held], judged
