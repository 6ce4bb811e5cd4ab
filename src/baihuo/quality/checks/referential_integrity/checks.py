"""Events about products that the catalogue does not have.

A product that was merged into another one (step near_duplicates) takes its events with it.

Shops rename ids, log bar codes, variant ids or titles. Where exactly one product fits such a name
the event is pointed at it and the old value kept; two that fit are none, because a guess would
teach one product another's clicks.
"""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa

from baihuo.core import fold
from baihuo.engine import Source, Tables
from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.near_duplicates.checks import MERGED_SCHEMA
from baihuo.quality.checks.referential_integrity.settings import OrphansRules
from baihuo.quality.engine.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

CHECKS = (
    Check(
        name="merged_product",
        step="orphans",
        on="events",
        action="repair",
        field="product_id",
        why="its product is another listing of one that stayed, and was merged into it",
        fix="nothing: it follows its product; name the pair in near_duplicates.not_the_same to part them",
    ),
    Check(
        name="resolved_product",
        step="orphans",
        on="events",
        action="repair",
        field="product_id",
        why="its product id is unknown, but is the code, variant, model or exact title of one product",
        fix="send our product_id; until then this is done at every check",
    ),
    Check(
        name="unknown_product",
        step="orphans",
        on="events",
        action="quarantine",
        field="product_id",
        why="the catalogue has no such product, or several that fit",
        fix="import the missing products (delisted ones too: their history teaches) and check again",
    ),
)
MIN_NAME = 4  # characters of a model or title: shorter ones ("12", "Pro") fit by chance
_DIGITS = re.compile(r"[\d\s-]+")
_NAMES = sql_file(__file__, "catalogue_names")
# the clean catalogue, titles as they came (events were sent with those), and what merged listings were
# called, under the id of the one they went into
_CATALOGUE = sql_file(__file__, "known_listings")


def find(ledger: FindingsStore, settings: OrphansRules, given: CheckContext) -> CheckResult:
    """Events of products that the clean catalogue does not have; the raw one tells unknown from
    quarantined."""
    products, raw_products = given.products, given.raw_products
    if products is None or n_rows(raw_products) == 0:
        return CheckResult(not_checked=("orphans: there is no catalogue to look products up in",))
    tables, work = ledger.tables, ledger.work
    unknown = work / "unknown.parquet"
    tables.sql(
        "SELECT DISTINCT product_id AS name, product_id FROM "
        f"{ledger.rows('product_id')} AS r WHERE product_id IS NOT NULL AND trim(product_id) <> '' "
        "AND NOT EXISTS (SELECT 1 FROM products p WHERE p.product_id = r.product_id)",
        out=unknown,
        products=products,
        **ledger.inputs(),
    )
    if n_rows(unknown) == 0:
        return CheckResult()
    asked, answers = work / "asked.parquet", work / "answers.parquet"
    merged: Source = given.merged or MERGED_SCHEMA.empty_table()
    folded = (given.shared or work) / "names_folded.parquet"
    if not folded.exists():
        names = work / "names.parquet"
        if settings.resolve:
            catalogue_names(
                tables, names, products=products, raw_products=raw_products, merged=merged
            )
        else:
            tables.sql("SELECT '' AS product_id, '' AS way, '' AS name WHERE false", out=names)
        tables.map_arrow(keyed, names, out=folded)
    tables.map_arrow(keyed, unknown, out=asked)
    tables.sql(
        _ANSWERS(),
        out=answers,
        asked=asked,
        folded=folded,
        raw_products=raw_products,
        products=products,
        merged=merged,
    )
    return CheckResult(
        selects=[_FOUND(rows=ledger.rows("product_id"))], inputs={"answers": answers}
    )


# the name is data: the section of quality.yaml and the step in findings and reports go by it
STEP = Step(name="orphans", settings=OrphansRules, checks=CHECKS, detectors=(find,))


_ANSWERS = sql_file(__file__, "resolved_names")

_FOUND = sql_file(__file__, "unknown_products")


def catalogue_names(
    tables: Tables, out: Path, *, products: Source, raw_products: Source, merged: Source
) -> None:
    """Everything that events may call a product: ``product_id``, ``way`` (id, code, model, …), ``name``."""
    tables.sql(
        f"WITH catalogue AS ({_CATALOGUE()}), forms AS ("
        "SELECT product_id, unnest(json_extract(variants, '$[*]')) AS variant FROM catalogue WHERE length(variants) > 2) "
        f"SELECT DISTINCT * FROM ({_NAMES(min_name=MIN_NAME)}) WHERE name IS NOT NULL",
        out=out,
        products=products,
        raw_products=raw_products,
        merged=merged,
    )


def keyed(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with a column ``key``: equal keys name the same thing."""
    keys = [_key(name) for name in batch["name"].to_pylist()]
    return batch.append_column("key", pa.array(keys, pa.string()))


def _key(name: str) -> str:
    """Folded; and a bar code without separators and the zeros that pad it to 13 or 14 digits.

    >>> _key("0-4006381-333931"), _key("Ｐｏｗｅｒ  Bank")
    ('4006381333931', 'power bank')
    """
    folded = fold(name)
    digits = re.sub(r"[\s-]", "", folded) if _DIGITS.fullmatch(folded) else ""
    return digits.lstrip("0") if len(digits) >= 8 else folded
