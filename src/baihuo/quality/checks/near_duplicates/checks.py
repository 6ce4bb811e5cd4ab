"""Listings of one product under several ids: found, told apart from siblings, merged.

Titles become sets of words (title_words), MinHash proposes pairs (minhash), titles are compared
exactly (title_pairs), then everything else that the listings say (same_product). What is certain
becomes clusters, each around the listing that tells most (clusters), and is merged; what is only
likely is noted. A merge is a row of ``merged_products.parquet``: the raw row stays where it was,
events follow (step orphans), and a pair in ``not_the_same`` is never merged again.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.near_duplicates.clusters import Pair, clusters
from baihuo.quality.checks.near_duplicates.listing_search import ListingSearch
from baihuo.quality.checks.near_duplicates.settings import NearDuplicatesRules
from baihuo.quality.engine.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

MERGED = "merged_products.parquet"
"""Written beside the clean tables, one row a merged product: :data:`MERGED_SCHEMA`."""
MERGED_SCHEMA = pa.schema(
    [
        pa.field("product_id", pa.string(), nullable=False),
        pa.field("canonical_id", pa.string(), nullable=False),  # the one that stays
        pa.field("similarity", pa.float64(), nullable=False),  # of the titles, 0 to 1
        pa.field("evidence", pa.string(), nullable=False),  # what else is equal: "model, price"
    ]
)


CHECKS: tuple[Check, ...] = (
    Check(
        name="near_duplicate",
        step="near_duplicates",
        on="products",
        action="merge",
        why="another listing is the same product: the titles say the same, and so does what else they tell",
        fix="merge them at the source; if they differ, name the pair in near_duplicates.not_the_same",
        example='"【正品】Norvik Nova X5 mouse black" into "Norvik X5 Nova Mouse, Black" (model, attributes, price)',
    ),
    Check(
        name="likely_duplicate",
        step="near_duplicates",
        on="products",
        action="note",
        why="another listing may be the same product, but they do not tell enough to be sure",
        fix="give both a code, a model or attributes; or name the pair in near_duplicates.not_the_same",
    ),
)


def find(findings: FindingsStore, settings: NearDuplicatesRules, context: CheckContext) -> CheckResult:
    """Listings that go into another, and those that perhaps should."""
    limits = settings
    titles = findings.work / "titles.parquet"
    findings.tables.sql(_TITLES(rows=findings.rows(*_READ)), out=titles, **findings.inputs())
    if n_rows(titles) < 2:
        return CheckResult()
    search = ListingSearch(findings, titles, limits, context.pictures)
    pairs = search.found()
    pairs = pairs.filter(pc.not_equal(pairs["verdict"], "no"))
    about = _about(findings, search.suspects, pairs, context, limits)
    into = _merged(search, pairs, about, limits)
    found = [*into.values(), *_likely(pairs, about, into, limits)]
    return CheckResult(
        selects=[_FOUND()], inputs={"near": pa.Table.from_pylist(found, schema=_NEAR)}
    )


def write_merged(findings: FindingsStore) -> None:
    """:data:`MERGED`, from what the findings holds: a run that goes on after a kill writes it again."""
    if not findings.parts:
        findings.tables.sql(
            "SELECT * FROM nothing", out=findings.work / MERGED, nothing=MERGED_SCHEMA.empty_table()
        )
        return
    findings.tables.sql(
        """SELECT detail ->> '$.product_id' AS product_id, detail ->> '$.canonical_id' AS canonical_id,
                  CAST(detail ->> '$.similarity' AS DOUBLE) AS similarity, detail ->> '$.evidence' AS evidence
           FROM parts WHERE rule = 'near_duplicate' AND action = 'merge' ORDER BY product_id""",
        out=findings.work / MERGED,
        parts=findings.parts,
    )


STEP = Step(name="near_duplicates", settings=NearDuplicatesRules, checks=CHECKS, detectors=(find,))

_READ = ("product_id", "title_en", "title_zh", "brand", "model")
_TITLES = sql_file(__file__, "titles")


_NEAR = pa.schema(
    [
        ("import_id", pa.int32()),
        ("line", pa.int64()),
        ("rule", pa.string()),
        ("action", pa.string()),
        ("product_id", pa.string()),
        ("canonical_id", pa.string()),
        ("kept", pa.string()),
        ("similarity", pa.float64()),
        ("evidence", pa.string()),
    ]
)
_FOUND = sql_file(__file__, "found")
_ABOUT = sql_file(__file__, "about")


def _about(
    findings: FindingsStore,
    suspects: Any,
    pairs: pa.Table,
    context: CheckContext,
    limits: NearDuplicatesRules,
) -> dict[int, dict[str, Any]]:
    """Every listing of a pair that is more than alike, by number."""
    some = findings.tables.sql(
        'SELECT s.* EXCLUDE (told, names, "values", images) FROM suspects s WHERE n IN (SELECT unnest([a, b]) '
        "FROM pairs)",
        suspects=suspects,
        pairs=pairs,
    )
    counts = findings.tables.sql(
        "SELECT product_id, count(*) AS n_events, count(*) FILTER (event_type = 'purchase') AS n_purchases "
        "FROM events SEMI JOIN suspects USING (product_id) GROUP BY product_id",
        events=context.raw_events,
        suspects=some,
    )
    rows = findings.tables.sql(_ABOUT(), suspects=some, counts=counts).to_pylist()
    return {row["n"]: row for row in rows}


def _merged(
    search: ListingSearch,
    pairs: pa.Table,
    about: dict[int, dict[str, Any]],
    limits: NearDuplicatesRules,
) -> dict[int, dict[str, Any]]:
    """A finding a listing that goes into another one."""
    by_id = {row["product_id"]: n for n, row in about.items()}
    apart = frozenset(
        (min(by_id[a], by_id[b]), max(by_id[a], by_id[b]))
        for a, b in limits.not_the_same
        if a in by_id and b in by_id
    )
    facts: dict[Pair, dict[str, Any]] = {
        (row["a"], row["b"]): row for row in pairs.to_pylist() if row["verdict"] == "certain"
    }

    def judge(asked: list[Pair]) -> set[Pair]:
        new = {(row["a"], row["b"]): row for row in search.certain(asked).to_pylist()}
        facts.update(new)
        return set(new)

    into = clusters(
        facts.keys() - apart,
        place={n: row["place"] for n, row in about.items()},
        judge=judge,
        apart=apart,
    )
    return {
        n: _finding(
            "near_duplicate",
            limits.when_certain,
            about[n],
            about[of],
            facts[min(n, of), max(n, of)],
        )
        for n, of in sorted(into.items())
    }


def _likely(
    pairs: pa.Table,
    about: dict[int, dict[str, Any]],
    into: dict[int, dict[str, Any]],
    limits: NearDuplicatesRules,
) -> list[dict[str, Any]]:
    """One note a listing, about the likest of those that would rather stay than it. Listings equal in
    all they say are told by ``same_listing`` already."""
    apart = {frozenset(pair) for pair in limits.not_the_same}
    best: dict[int, tuple[Any, ...]] = {}
    for row in pairs.to_pylist():
        a, b = row["a"], row["b"]
        if row["is_same_listing"] or a in into or b in into:
            continue
        if {about[a]["product_id"], about[b]["product_id"]} in apart:
            continue
        less, more = (a, b) if about[a]["place"] > about[b]["place"] else (b, a)
        better = (-row["similarity"], about[more]["place"])
        if less not in best or better < best[less][0]:
            best[less] = (better, more, row)
    return [
        _finding("likely_duplicate", "note", about[less], about[more], row)
        for less, (_, more, row) in sorted(best.items())
    ]


def _finding(
    rule: str, action: str, one: dict[str, Any], other: dict[str, Any], pair: dict[str, Any]
) -> dict[str, Any]:
    return {
        "import_id": one["import_id"],
        "line": one["line"],
        "rule": rule,
        "action": action,
        "product_id": one["product_id"],
        "canonical_id": other["product_id"],
        "kept": f"{other['import_id']}:{other['line']}",
        "similarity": pair["similarity"],
        "evidence": pair["evidence"],
    }
