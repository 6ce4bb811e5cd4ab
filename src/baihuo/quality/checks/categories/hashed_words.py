"""The words of a product that its category is predicted from, as rows of numbers.

Titles and the beginning of descriptions (words and pairs of neighbours; of Chinese, pairs of
characters), the brand, the names of attributes and their short values. Prices and numbers are left
out: a price in the wrong unit must not look like a wrong category.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from baihuo.engine import sql_file

if TYPE_CHECKING:
    from scipy import sparse

_PRODUCT_WORDS = sql_file(__file__, "product_words")

N_SLOTS = 1 << 18  # at 100,000 words, one in three shares its slot with another
_WORD = r"\p{Han}+|[^\P{L}\p{Han}]{2,}"
_MAX_WORDS = 80  # of one product; later ones are left out


def words_sql(rows: str) -> str:
    """SQL for ``rows`` (their columns kept) with ``words``, a list of text, none twice.

    ``rows`` needs title_en, title_zh, description_en, description_zh, brand and attributes.
    """
    text = "lower(concat_ws(' . ', title_en, title_zh, left(description_en, 300), left(description_zh, 150)))"
    return _PRODUCT_WORDS(text=text, word_pattern=_WORD, max_words=_MAX_WORDS, rows=rows)


class WordHashes:
    """Feature hashing: words as slots of a fixed space, by a hash that is equal on every machine."""

    def __init__(self) -> None:
        self._slot_of: dict[str, int] = {}

    def matrix(self, lists: pa.ListArray) -> sparse.csr_matrix:
        """``[rows, N_SLOTS]``: 1 where the row has the word."""
        from scipy import sparse  # takes longer to load than all checks of a few rows

        flat = pc.dictionary_encode(lists.flatten())
        slots = np.fromiter((self._slot(w) for w in flat.dictionary.to_pylist()), np.int64)
        columns = slots[flat.indices.to_numpy()] if len(slots) else np.empty(0, np.int64)
        lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
        starts = np.concatenate([[0], np.cumsum(lengths)])
        ones = np.ones(len(columns), np.float32)
        rows = sparse.csr_matrix((ones, columns, starts), shape=(len(lists), N_SLOTS))
        rows.sum_duplicates()
        rows.data[:] = 1
        return rows

    def _slot(self, word: str) -> int:
        if word not in self._slot_of:
            if len(self._slot_of) > 2_000_000:  # bounded, however many words a catalogue has
                self._slot_of.clear()
            self._slot_of[word] = zlib.crc32(word.encode("utf-8", "surrogatepass")) % N_SLOTS
        return self._slot_of[word]


class Weights:
    """Which slots count and how much: inverse document frequency (IDF) in a sample of rows."""

    def __init__(self, sample: sparse.csr_matrix, *, min_rows: int = 2) -> None:
        n_with = np.asarray(sample.sum(axis=0)).ravel()
        self.kept: NDArray[np.int64] = np.flatnonzero(n_with >= min_rows)
        self._idf = np.log(sample.shape[0] / n_with[self.kept]).astype(np.float32)

    def rows(self, matrix: sparse.csr_matrix) -> sparse.csr_matrix:
        """``[rows, kept]``, each row of length 1 (0 where it has none of the words)."""
        from scipy import sparse

        weighted = matrix[:, self.kept] @ sparse.diags_array(self._idf)
        lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
        scale = sparse.diags_array(1 / np.maximum(lengths, 1e-9).astype(np.float32))
        return sparse.csr_matrix(scale @ weighted, dtype=np.float32)
