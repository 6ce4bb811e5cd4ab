"""Listings of one product under several ids: found, distinguished from siblings, merged.

Titles become sets of words (title_words), MinHash proposes pairs (minhash), titles are compared
exactly (title_pairs), then all other fields of the listings (same_product). Certain pairs become
clusters, each around the most complete listing (clusters), and are merged; likely pairs are noted.
A merge is a row of ``merged_products.parquet``: the raw row stays where it was, events follow (step
orphans), and a pair in ``not_the_same`` is never merged.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from baihuo.engine import sql_file
from baihuo.quality.checks.near_duplicates.clusters import Pair, clusters
from baihuo.quality.checks.near_duplicates.listing_search import ListingSearch
from baihuo.quality.checks.near_duplicates.settings import NearDuplicatesRules
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult, Step

_TITLES = sql_file(__file__, "titles")
_LISTING_PRIORITY = sql_file(__file__, "listing_priority")
_MERGED_PRODUCTS = sql_file(__file__, "merged_products")
TITLE_COLUMNS = ("product_id", "title_en", "title_zh", "brand", "model")
MERGED = "merged_products.parquet"
"""Written next to the clean tables, one row a merged product: :data:`MERGED_SCHEMA`."""
MERGED_SCHEMA = pa.schema(
    [
        pa.field("product_id", pa.string(), nullable=False),
        pa.field("canonical_id", pa.string(), nullable=False),  # the listing that is kept
        pa.field("similarity", pa.float64(), nullable=False),  # of the titles, 0 to 1
        pa.field("evidence", pa.string(), nullable=False),  # what else is equal: "model, price"
    ]
)


CHECKS = read_checks(__file__, "near_duplicates")


_FOUND = pa.schema(
    dict.fromkeys(("n", "canonical"), pa.int64())
    | {"rule": pa.string(), "similarity": pa.float64(), "evidence": pa.string()}
)
_PAIRS = """SELECT l.import_id, l.line, l.product_id, c.product_id AS canonical_id, c.import_id || ':' || c.line AS kept,
    similarity, evidence FROM found JOIN listings AS l ON l.n = found.n JOIN listings AS c ON c.n = canonical WHERE rule = '{}'"""


def find(
    findings: FindingsStore, settings: NearDuplicatesRules, context: CheckContext
) -> CheckResult:
    """Listings that are merged into another, and those that perhaps should be."""
    titles = findings.work / "titles.parquet"
    write_titles(findings, titles)
    if n_rows(titles) < 2:
        return CheckResult()
    search = ListingSearch(findings, titles, settings, context.pictures)
    pairs = search.find_pairs()
    pairs = pairs.filter(pc.not_equal(pairs["verdict"], "no"))
    if not pairs.num_rows:
        return CheckResult()
    prioritized = _prioritized(findings, search.candidate_listings, pairs, context)
    listings = {row["n"]: row for row in prioritized.to_pylist()}
    merged = _merged(search, pairs, listings, settings)
    rows = [*merged.values(), *_likely(pairs, listings, merged, settings)]
    action = settings.when_certain
    both = {name: name for name in ("similarity", "evidence")}
    of_pair = {"product_id": "product_id"}
    certain = of_pair | {"canonical_id": "canonical_id", "kept": "kept"} | both
    likely = of_pair | {"perhaps": "canonical_id", "row": "kept"} | both
    return CheckResult(
        selects=[
            finding_sql(_PAIRS.format("near_duplicate"), "near_duplicate", certain, action=action),
            finding_sql(_PAIRS.format("likely_duplicate"), "likely_duplicate", likely),
        ],
        inputs={"listings": prioritized, "found": pa.Table.from_pylist(rows, schema=_FOUND)},
    )


def write_titles(findings: FindingsStore, out: Path) -> None:
    """Every listing with its number and its titles by language: what :class:`ListingSearch` reads."""
    findings.tables.sql(_TITLES(rows=findings.rows(*TITLE_COLUMNS)), out=out, **findings.inputs())


def write_merged(findings: FindingsStore) -> None:
    """:data:`MERGED`, from the findings: a run that continues after a kill writes it again."""
    merged = findings.work / MERGED
    if not findings.parts:
        findings.tables.sql("SELECT * FROM empty", out=merged, empty=MERGED_SCHEMA.empty_table())
        return
    findings.tables.sql(_MERGED_PRODUCTS(), out=merged, parts=findings.parts)


STEP = Step(name="near_duplicates", settings=NearDuplicatesRules, checks=CHECKS, detectors=(find,))


def _prioritized(
    findings: FindingsStore, candidate_listings: Path, pairs: pa.Table, context: CheckContext
) -> pa.Table:
    """Every listing of ``pairs``, with its priority to stay."""
    of_pairs = findings.tables.sql(
        'SELECT * EXCLUDE (descriptions, names, "values", images) FROM candidate_listings '
        "WHERE n IN (SELECT unnest([a, b]) FROM pairs)",
        candidate_listings=candidate_listings,
        pairs=pairs,
    )
    counts = findings.tables.sql(
        "SELECT product_id, count(*) AS n_events, count(*) FILTER (event_type = 'purchase') AS n_purchases "
        "FROM events SEMI JOIN listings USING (product_id) GROUP BY product_id",
        events=context.raw_events,
        listings=of_pairs,
    )
    return findings.tables.sql(_LISTING_PRIORITY(), candidate_listings=of_pairs, counts=counts)


def _merged(
    search: ListingSearch,
    pairs: pa.Table,
    listings: dict[int, dict[str, Any]],
    settings: NearDuplicatesRules,
) -> dict[int, dict[str, Any]]:
    """A finding for each listing that is merged into another one, by its number."""
    by_id = {row["product_id"]: n for n, row in listings.items()}
    not_the_same = frozenset(
        (min(by_id[a], by_id[b]), max(by_id[a], by_id[b]))
        for a, b in settings.not_the_same
        if a in by_id and b in by_id
    )
    certain: dict[Pair, dict[str, Any]] = {
        (row["a"], row["b"]): row for row in pairs.to_pylist() if row["verdict"] == "certain"
    }

    def certain_among(candidates: list[Pair]) -> set[Pair]:
        new = {(row["a"], row["b"]): row for row in search.certain_among(candidates).to_pylist()}
        certain.update(new)
        return set(new)

    canonical = clusters(
        certain.keys() - not_the_same,
        priority={n: row["priority"] for n, row in listings.items()},
        certain_among=certain_among,
        not_the_same=not_the_same,
    )
    return {
        n: {
            "rule": "near_duplicate",
            "n": n,
            "canonical": kept,
            **_of(certain[min(n, kept), max(n, kept)]),
        }
        for n, kept in sorted(canonical.items())
    }


def _likely(
    pairs: pa.Table,
    listings: dict[int, dict[str, Any]],
    merged: dict[int, dict[str, Any]],
    settings: NearDuplicatesRules,
) -> list[dict[str, Any]]:
    """One note per listing, about the most similar listing of a higher priority."""
    not_the_same = {frozenset(pair) for pair in settings.not_the_same}
    best: dict[int, tuple[Any, ...]] = {}
    for row in pairs.to_pylist():
        a, b = row["a"], row["b"]
        if a in merged or b in merged:
            continue
        if {listings[a]["product_id"], listings[b]["product_id"]} in not_the_same:
            continue
        is_b_first = listings[a]["priority"] > listings[b]["priority"]
        lower, higher = (a, b) if is_b_first else (b, a)
        order = (-row["similarity"], listings[higher]["priority"])
        if lower not in best or order < best[lower][0]:
            best[lower] = (order, higher, row)
    return [
        {"rule": "likely_duplicate", "n": lower, "canonical": higher, **_of(row)}
        for lower, (_, higher, row) in sorted(best.items())
    ]


def _of(pair: dict[str, Any]) -> dict[str, Any]:
    return {"similarity": pair["similarity"], "evidence": pair["evidence"]}
