"""All listings of a catalogue, searched for pairs that are one product."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.quality.checks.near_duplicates.minhash import candidate_pairs, distinct
from baihuo.quality.checks.near_duplicates.same_product import judged, write_suspects
from baihuo.quality.checks.near_duplicates.title_pairs import Titles
from baihuo.quality.checks.near_duplicates.title_words import TitleWords, flat
from baihuo.quality.engine.findings import FindingsStore

if TYPE_CHECKING:
    from baihuo.quality.checks.near_duplicates.settings import NearDuplicatesRules

LANGUAGES = ("en", "zh")
_U32 = np.uint64(32)
_CHUNK = 2_000_000  # pairs at a time


class ListingSearch:
    """Listings by number: row ``n`` of ``titles`` is listing ``n``.

    Args:
        titles: A file of ``n``, ``import_id``, ``line``, ``en``, ``zh``, in the order of ``n``.
        pictures: The folder that pictures' paths start at; None: they are not opened.
    """

    def __init__(
        self,
        findings: FindingsStore,
        titles: Path,
        limits: NearDuplicatesRules,
        pictures: Path | None,
    ) -> None:
        self._ledger, self._path, self._limits, self._pictures = findings, titles, limits, pictures
        self.suspects = findings.work / "suspects.parquet"
        maker = TitleWords(limits.says_nothing, limits.tells_apart)

        def in_words(batch: pa.RecordBatch) -> pa.RecordBatch:
            sets = [maker(batch[name].to_pylist()) for name in LANGUAGES]
            return pa.RecordBatch.from_arrays(sets, names=list(LANGUAGES))

        words = findings.work / "title_words.parquet"
        findings.tables.map_arrow(in_words, titles, out=words)
        self._titles = {
            name: Titles(*flat(pq.read_table(words, columns=[name])[name]), maker.spelt)
            for name in LANGUAGES
        }
        words.unlink()

    def found(self) -> pa.Table:
        """Every pair worth a look with its verdict: see :func:`baihuo.quality.checks.near_duplicates.same_product.judged`."""
        pairs = distinct(np.concatenate([self._candidates(t) for t in self._titles.values()]))
        compared = pa.concat_tables(
            self._compared(_numbers(pairs[i : i + _CHUNK]))
            for i in range(0, max(1, len(pairs)), _CHUNK)
        )
        del pairs
        write_suspects(self._ledger, self._path, compared, self.suspects)
        return self._judged(compared)

    def _candidates(self, titles: Titles) -> NDArray[np.uint64]:
        """Pairs as one number each: there may be a hundred for every listing."""
        near, work = self._limits.n_near, self._ledger.work
        pairs = candidate_pairs(titles.words, titles.starts, n_near=near, work=work)
        one: NDArray[np.uint64] = pairs[:, 0].astype(np.uint64)
        one <<= _U32
        one |= pairs[:, 1].astype(np.uint64)
        return one

    def certain(self, pairs: list[tuple[int, int]]) -> pa.Table:
        """Of some pairs among listings that :meth:`found` named, those that are certain."""
        table = self._judged(self._compared(np.array(pairs, np.int64).reshape(-1, 2)))
        return table.filter(pa.compute.equal(table["verdict"], "certain"))

    def _compared(self, pairs: NDArray[np.int64]) -> pa.Table:
        """Pairs that could be one product in every language in which both have a title."""
        n = len(pairs)
        similarity, n_lone_marks = np.zeros(n), np.zeros(n, np.int64)
        is_swapped, is_open = np.zeros(n, bool), np.ones(n, bool)
        for titles in self._titles.values():
            both = (titles.n_words[pairs] > 0).all(axis=1)
            asked = np.flatnonzero(both & is_open)
            answer = titles.compared(pairs[asked], min_similarity=self._limits.min_similarity)
            is_open[asked] = False
            at = asked[answer.at]
            is_open[at] = True
            similarity[at] = np.maximum(similarity[at], answer.similarity)
            n_lone_marks[at] = np.maximum(n_lone_marks[at], answer.n_lone_marks)
            is_swapped[at] |= answer.is_swapped
        left = is_open & (similarity > 0)
        return pa.table(
            {
                "a": pairs[left, 0],
                "b": pairs[left, 1],
                "similarity": similarity[left],
                "n_lone_marks": n_lone_marks[left],
                "is_swapped": is_swapped[left],
            }
        )

    def _judged(self, compared: pa.Table) -> pa.Table:
        names = ("certain_above", "likely_above", "max_price_ratio", "same_price_ratio")
        limits = {name: getattr(self._limits, name) for name in names}
        return judged(self._ledger.tables, self.suspects, compared, limits, self._pictures)


def _numbers(pairs: NDArray[np.uint64]) -> NDArray[np.int64]:
    return np.stack([pairs >> _U32, pairs & np.uint64(0xFFFFFFFF)], axis=1).astype(np.int64)
