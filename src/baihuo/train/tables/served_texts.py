"""Texts of a trained model: projected once, and encoded for values that only the scored file has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.train.tables.columns import Columns

ENCODERS = "encoders"
"""Folder with the encoder of texts: beside the prepared rows, and in a trained model."""


class ServedTexts:
    """Of one text column."""

    def __init__(self, folder: Path, number: int) -> None:
        self._encoders = folder / ENCODERS
        projection = np.load(folder / f"projection.{number}.npy")
        self._weights, self._constants = projection[:-1], projection[-1]
        self.projected = self._project(np.load(folder / f"texts.{number}.npy"))

    def _project(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.ascontiguousarray(vectors @ self._weights + self._constants, dtype=np.float32)

    def with_new(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """``[numbers of values, width]``: those that training had, then these."""
        if not texts:
            return self.projected
        from baihuo.train.tables.text_vectors import TextEncoder

        unique = list(dict.fromkeys(texts))
        vectors = self._project(TextEncoder(self._encoders).encode(unique))
        place = {text: at for at, text in enumerate(unique)}
        return np.concatenate([self.projected, vectors[[place[text] for text in texts]]])


def open_texts(folder: Path, columns: Columns) -> list[ServedTexts]:
    """By text column."""
    return [ServedTexts(folder, number) for number in range(len(columns.texts))]
