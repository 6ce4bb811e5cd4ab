"""Similar titles of products, and their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from baihuo.models.neighbours import Neighbours
from baihuo.models.title_words import title_words
from baihuo.models.titles import similar_titles


@dataclass(frozen=True, slots=True, eq=False)
class ProductTitles:
    """Fitted once to a catalogue: independent of time."""

    alike: Neighbours  # :func:`baihuo.models.titles.similar_titles`
    words: scipy.sparse.csr_matrix  # [products, words], each row of length 1 (or empty)

    @classmethod
    def of(cls, titles: Sequence[str]) -> ProductTitles:
        """Fit to one title for each product, in the numbers of the baskets."""
        return cls(similar_titles(titles), title_words(titles))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, for a file without pickle."""
        return {
            **self.alike.to_arrays("alike"),
            "words_data": self.words.data.astype(np.float32),
            "words_indices": self.words.indices.astype(np.int32),
            "words_indptr": self.words.indptr.astype(np.int64),
            "words_n": np.array(self.words.shape[1], dtype=np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> ProductTitles:
        """The inverse of :meth:`to_arrays`."""
        parts = (arrays["words_data"], arrays["words_indices"], arrays["words_indptr"])
        shape = (len(arrays["words_indptr"]) - 1, int(arrays["words_n"]))
        return cls(
            Neighbours.from_arrays(arrays, "alike"), scipy.sparse.csr_matrix(parts, shape=shape)
        )
