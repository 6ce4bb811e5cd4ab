"""Whether two listings with similar titles are one product, by everything else that they have: brand,
model, codes, attributes, price, description, variants and pictures.

Pictures count against a merge, too: listings whose pictures can be compared and are not the same are only merged by
an equal code, and never where the pictures are clearly different."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from baihuo.engine import Source, Tables, sql_file
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
