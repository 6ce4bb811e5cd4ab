"""Which words claim something of a shop, as the house's encoders see it: "voucher" and 上门 do, "simply" and 参考 do not.

A line through an encoder's space, learned from the lists of words that state nothing and from names of things, places, services and
channels (``bench/plain_words.py``). It holds for the published encoders alone; with others, lists decide.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.core import has_han
from baihuo.encode import Encoders

WEIGHTS = Path(__file__).with_name("plain_words.json")
THRESHOLD = 0.5
"""P(claims something) from which a word is held back: chosen on the exams to choose on (docs/log.md)."""


@dataclass(frozen=True)
class Line:
    """Weights of one encoder."""

    encoder: str  # hash of its files
    bias: float
    weights: NDArray[np.float32]  # [dim]

    def p_claims(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """``[words]``, 0 to 1, of ``[words, dim]``."""
        return 1 / (1 + np.exp(-(vectors @ self.weights + self.bias).astype(float)))


class PlainWords:
    """Words that claim nothing. Safe for threads."""

    def __init__(self, encoders: Encoders) -> None:
        self._encoders = encoders

    def are_plain(self, words: Sequence[str]) -> bool:
        """Whether each of ``words`` claims nothing; False where an encoder is not the published one."""
        by_script: dict[bool, list[str]] = {}
        for word in words:
            by_script.setdefault(has_han(word), []).append(word)
        return all(self._of_script(some) for some in by_script.values())

    def _of_script(self, words: list[str]) -> bool:
        encoder = self._encoders.for_text(words[0])
        line = lines().get(encoder.name)
        if line is None or line.encoder != encoder.hash:
            return False
        return bool((line.p_claims(encoder.encode(words)) < THRESHOLD).all())


@cache
def lines() -> dict[str, Line]:
    """By the name of the encoder."""
    read = json.loads(WEIGHTS.read_text("utf-8"))
    return {
        name: Line(of["encoder"], of["bias"], np.array(of["weights"], np.float32))
        for name, of in read.items()
    }
