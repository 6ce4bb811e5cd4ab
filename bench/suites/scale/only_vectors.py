"""An index of vectors and nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.encode import MINILM
from baihuo.index import Int8Vectors, RowVectors
from baihuo.index.inverted_file import InvertedFile


def only_vectors(stored: Int8Vectors | InvertedFile, vectors: NDArray[np.float32]) -> RowVectors:
    """What searches read: ``vectors`` of ``[n, dim]``, and the same in 8 bits, with lists or without."""
    segment = SimpleNamespace(
        vectors={MINILM: vectors},
        int8_vectors={MINILM: stored},
        scan=lambda _, vector: stored.dot(vector),
    )
    rows = np.arange(len(vectors), dtype=np.int32)
    snapshot: Any = SimpleNamespace(
        n=len(vectors),
        segments=(segment,),
        segment_rows=(rows,),
        segment_of=np.zeros(len(vectors), np.int16),
        local_of=rows,
    )
    return RowVectors(snapshot, MINILM)
