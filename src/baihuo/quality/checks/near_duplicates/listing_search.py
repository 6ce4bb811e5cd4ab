"""All listings of a catalogue, searched for pairs that are one product."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.engine import sql_file
from baihuo.quality.checks.near_duplicates.comparable_listings import write_candidate_listings
from baihuo.quality.checks.near_duplicates.minhash import candidate_pairs, distinct
from baihuo.quality.checks.near_duplicates.title_pairs import Titles
from baihuo.quality.checks.near_duplicates.title_words import TitleWords, flat
from baihuo.quality.findings import FindingsStore

if TYPE_CHECKING:
    from baihuo.quality.checks.near_duplicates.settings import NearDuplicatesRules
from baihuo.engine import Source, Tables
from baihuo.quality.checks.near_duplicates import compared_pictures
from baihuo.quality.checks.near_duplicates.compared_pictures import compare_pictures

_MAX_VALUE_CHARS = 40  # of an attribute: longer is prose, and prose always differs
_MIN_TITLE_LETTERS = 15  # of an equal title without other evidence: "damages" is no product
MAX_MODEL_LISTINGS = 4  # a "model" of more names a kind of product ("1GB DDR2-667")
_MAX_IMAGE_LISTINGS = 3  # a picture of more is a placeholder, or of the whole product family
_SAME_VALUE = """(x.value = y.value OR coalesce(
    abs(TRY_CAST(x.value AS DOUBLE) - TRY_CAST(y.value AS DOUBLE)) <= 0.01 * abs(TRY_CAST(x.value AS DOUBLE)), false))"""
_EVIDENCE_NAMES = ("code", "model", "attributes", "description", "variants", "picture", "price")
_EVIDENCE = ", ".join(f"CASE WHEN has_{name} THEN '{name}' END" for name in _EVIDENCE_NAMES)
_PAIR_VERDICTS = sql_file(__file__, "pair_verdicts").bind(
    same_value=_SAME_VALUE,
    max_value_chars=_MAX_VALUE_CHARS,
    max_image_listings=_MAX_IMAGE_LISTINGS,
    max_model_listings=MAX_MODEL_LISTINGS,
    min_title_letters=_MIN_TITLE_LETTERS,
    evidence_names=_EVIDENCE,
)

_VERDICTS = pa.schema(
    [
        ("a", pa.int64()),
        ("b", pa.int64()),
        ("similarity", pa.float64()),
        ("verdict", pa.string()),
        ("evidence", pa.string()),
    ]
)


def classify_pairs(
    tables: Tables,
    candidate_listings: Path,
    titles: pa.Table,
    thresholds: dict[str, float],
    *,
    pictures: Path | None,
    equal_otherwise: pa.Table,
) -> pa.Table:
    """One row per pair: ``a``, ``b``, ``similarity``, ``verdict`` (certain, likely, no), ``evidence``.

    Args:
        candidate_listings: A file of :data:`~baihuo.quality.checks.near_duplicates.comparable_listings.SCHEMA` with every listing of ``titles``.
        titles: What :meth:`baihuo.quality.checks.near_duplicates.title_pairs.Titles.compare` returns.
        thresholds: ``certain_above``, ``likely_above`` (similarity), ``max_price_ratio`` and ``same_price_ratio``.
        equal_otherwise: Pairs (``a``, ``b``) whose model, or all values but the title, are equal.
        pictures: The folder that pictures' paths start at; None: only equal addresses count.
    """
    if not titles.num_rows:
        return _VERDICTS.empty_table()
    inputs: dict[str, Source] = {"candidate_listings": candidate_listings, "pairs": titles}
    inputs["equal_otherwise"] = equal_otherwise
    inputs["compared_pictures"] = (
        compared_pictures.SCHEMA.empty_table()
        if pictures is None
        else compare_pictures(tables, pictures, inputs)
    )
    return tables.sql(_PAIR_VERDICTS(**thresholds), out=None, **inputs)


LANGUAGES = ("en", "zh")
_EQUAL_OTHERWISE = sql_file(__file__, "equal_otherwise")
_MIN_EQUAL_ATTRIBUTES = 3
_MAX_EQUAL_SHARE = 0.1  # of listings; where more are equal in all values, values tell nothing apart
_U32 = np.uint64(32)
_BATCH_PAIRS = 2_000_000


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
        settings: NearDuplicatesRules,
        pictures: Path | None,
    ) -> None:
        self._findings, self._path, self._settings, self._pictures = (
            findings,
            titles,
            settings,
            pictures,
        )
        self.candidate_listings = findings.work / "candidate_listings.parquet"
        title_words = TitleWords(settings.says_nothing, settings.tells_apart)

        def to_words(batch: pa.RecordBatch) -> pa.RecordBatch:
            sets = [title_words(batch[name].to_pylist()) for name in LANGUAGES]
            return pa.RecordBatch.from_arrays(sets, names=list(LANGUAGES))

        words = findings.work / "title_words.parquet"
        findings.tables.map_arrow(to_words, titles, out=words)
        self._titles = {
            name: Titles(*flat(pq.read_table(words, columns=[name])[name]), title_words.spelling_of)
            for name in LANGUAGES
        }
        words.unlink()

    def find_pairs(self) -> pa.Table:
        """Every pair of similar titles with its verdict: see :func:`baihuo.quality.checks.near_duplicates.listing_search.classify_pairs`."""
        candidates = distinct(np.concatenate([self._candidates(t) for t in self._titles.values()]))
        compared = pa.concat_tables(
            self._compare_titles(_numbers(candidates[i : i + _BATCH_PAIRS]))
            for i in range(0, max(1, len(candidates)), _BATCH_PAIRS)
        )
        del candidates
        compared = self._with_equal_otherwise(compared)
        if compared.num_rows:
            write_candidate_listings(self._findings, self._path, compared, self.candidate_listings)
        return self._classify(compared)

    def _with_equal_otherwise(self, compared: pa.Table) -> pa.Table:
        """The pairs, and those whose titles share too little, but whose model or other values are equal."""
        self._equal_otherwise = self._findings.tables.sql(
            _EQUAL_OTHERWISE(
                rows=self._findings.rows(
                    "brand", "model", "category", "attributes", "currency", "price_minor"
                ),
                max_model_listings=MAX_MODEL_LISTINGS,
                min_attributes=_MIN_EQUAL_ATTRIBUTES,
                max_equal_share=_MAX_EQUAL_SHARE,
                min_similarity=self._settings.certain_above,
            ),
            out=None,
            titles=self._path,
            compared=compared.select(["a", "b", "similarity"]),
            **self._findings.inputs(),
        )
        new = self._equal_otherwise.join(
            compared.select(["a", "b"]), keys=["a", "b"], join_type="left anti"
        ).sort_by([("a", "ascending"), ("b", "ascending")])
        pairs = np.column_stack([new["a"].to_numpy(), new["b"].to_numpy()]).astype(np.int64)
        similarity = np.zeros(len(pairs))
        for titles in self._titles.values():
            at = np.flatnonzero((titles.n_words[pairs] > 0).all(axis=1))
            similarity[at] = np.maximum(similarity[at], titles.overlap(pairs[at]))
        added = {
            "a": pairs[:, 0],
            "b": pairs[:, 1],
            "similarity": similarity,
            "n_lone_marks": np.zeros(len(pairs), np.int64),
            "is_swapped": np.ones(len(pairs), bool),
        }
        return pa.concat_tables([compared, pa.table(added, schema=compared.schema)])

    def _candidates(self, titles: Titles) -> NDArray[np.uint64]:
        """Pairs packed into one number each, to save memory: there may be a hundred per listing."""
        near, work = self._settings.n_near, self._findings.work
        pairs = candidate_pairs(titles.words, titles.starts, n_near=near, work=work)
        packed: NDArray[np.uint64] = pairs[:, 0].astype(np.uint64)
        packed <<= _U32
        packed |= pairs[:, 1].astype(np.uint64)
        return packed

    def certain_among(self, pairs: list[tuple[int, int]]) -> pa.Table:
        """Of some pairs among listings that :meth:`find_pairs` named, those that are certain."""
        table = self._classify(self._compare_titles(np.array(pairs, np.int64).reshape(-1, 2)))
        return table.filter(pa.compute.equal(table["verdict"], "certain"))

    def _compare_titles(self, pairs: NDArray[np.int64]) -> pa.Table:
        """Pairs that could be one product in every language in which both have a title."""
        n = len(pairs)
        similarity, n_lone_marks = np.zeros(n), np.zeros(n, np.int64)
        is_swapped, is_possible = np.zeros(n, bool), np.ones(n, bool)
        for titles in self._titles.values():
            both = (titles.n_words[pairs] > 0).all(axis=1)
            indices = np.flatnonzero(both & is_possible)
            comparison = titles.compare(
                pairs[indices], min_similarity=self._settings.min_similarity
            )
            is_possible[indices] = False
            at = indices[comparison.at]
            is_possible[at] = True
            similarity[at] = np.maximum(similarity[at], comparison.similarity)
            n_lone_marks[at] = np.maximum(n_lone_marks[at], comparison.n_lone_marks)
            is_swapped[at] |= comparison.is_swapped
        is_kept = is_possible & (similarity > 0)
        return pa.table(
            {
                "a": pairs[is_kept, 0],
                "b": pairs[is_kept, 1],
                "similarity": similarity[is_kept],
                "n_lone_marks": n_lone_marks[is_kept],
                "is_swapped": is_swapped[is_kept],
            }
        )

    def _classify(self, compared: pa.Table) -> pa.Table:
        names = ("certain_above", "likely_above", "max_price_ratio", "same_price_ratio")
        thresholds = {name: getattr(self._settings, name) for name in names}
        return classify_pairs(
            self._findings.tables,
            self.candidate_listings,
            compared,
            thresholds,
            pictures=self._pictures,
            equal_otherwise=self._equal_otherwise,
        )


def _numbers(pairs: NDArray[np.uint64]) -> NDArray[np.int64]:
    return np.stack([pairs >> _U32, pairs & np.uint64(0xFFFFFFFF)], axis=1).astype(np.int64)
