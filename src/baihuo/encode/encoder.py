"""The protocol of encoders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress

Vectors: TypeAlias = NDArray[np.float32]
"""``[texts, dim]``, each row of length 1, so that a dot product is the cosine."""


class Encoder(Protocol):
    """Text to vectors of one space. Two encoders' vectors are never compared.

    ``hash`` covers weights and tokenizer: equal hashes mean equal vectors, so it keys caches and
    index generations.
    """

    name: str
    hash: str
    dim: int

    def encode(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        """One vector of length 1 a text, in the order given. Safe to call from several threads."""
        ...
