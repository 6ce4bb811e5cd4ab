"""From which probability on a turn answers, asks back or declines. Training finds them on held-out pairs."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from baihuo.assist.turns import Language
from baihuo.core import BrokenFile

FILE: Final = "thresholds.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """All are probabilities, from 0 to 1."""

    answer_from: float = (
        0.75  # P(right) of the best passage: answer. 90% are right from here (docs/decisions/0035)
    )
    answer_from_zh: float | None = 0.8  # the same of a Chinese passage; None: as any other
    ask_from: float = 0.35  # of a passage: it is one of those to choose from
    near: float = 0.15  # how far below the best one a passage may be to be offered beside it
    faq_near_from: float = 0.6  # of an entry of the FAQ or the policy: past answers are not used next to it (docs/decisions/0035)
    our_business_from: float = 0.3  # P(our business): below it, decline
    own_p_answers_from: float = 0.6  # the same as answer_from, for P(right) that was not calibrated

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if value is not None and not 0 <= value <= 1:
                raise ValueError(f"{one.name} is {value}; it is a probability, from 0 to 1")

    def answers_from(self, language: Language) -> float:
        """P(right) from which on a passage of this language answers, where P is calibrated."""
        if language == "zh" and self.answer_from_zh is not None:
            return self.answer_from_zh
        return self.answer_from


DEFAULT_THRESHOLDS: Final = Thresholds()
"""Where nothing was learned."""


def read_thresholds(folder: Path) -> Thresholds:
    """Those that training wrote beside its models; the defaults where there are none.

    Raises:
        BrokenFile: the file is not what training writes.
    """
    file = folder / FILE
    if not file.is_file():
        return DEFAULT_THRESHOLDS
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
        known = {one.name for one in fields(Thresholds)}
        return Thresholds(**{k: float(v) for k, v in read.items() if k in known})
    except (ValueError, TypeError, AttributeError) as error:
        raise BrokenFile(f"{file}: {error}", fix="train again: baihuo train") from error
