"""Events about products that the catalogue does not have.

A product that was merged into another one (step near_duplicates) takes its events with it.

Shops rename ids, and log bar codes, variant ids or titles. Where exactly one product has such a name
the event is pointed at it and the old value kept in the finding. Where two have it none is taken, because
a guess would teach one product another's clicks.
"""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa

from baihuo.core import fold
from baihuo.engine import Source, Tables, sql_file
from baihuo.quality.checks.near_duplicates.checks import MERGED_SCHEMA
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.limits import Limits, Share
from baihuo.quality.spec import CheckContext, CheckResult, Step


class OrphansRules(Limits):
    """Events whose product the catalogue does not have."""

    warn_above: Share | None = 0.02
    stop_above: Share | None = 0.2
    resolve: bool = True  # by code, variant or exact title, where exactly one product fits


CHECKS = read_checks(__file__, "orphans")
_BY_NAME = {check.name: check for check in CHECKS}
_MIN_NAME_CHARS = 4  # of a title: shorter ones ("12", "Pro") fit by chance
_DIGITS = re.compile(r"[\d\s-]+")
_UNKNOWN_IDS = sql_file(__file__, "unknown_ids")
_UNKNOWN_VARIANTS = sql_file(__file__, "unknown_variants").bind(max_share=0.2)
_CATALOGUE_NAMES = sql_file(__file__, "catalogue_names").bind(min_chars=_MIN_NAME_CHARS)
_RESOLVED_NAMES = sql_file(__file__, "resolved_names")


def find(findings: FindingsStore, settings: OrphansRules, context: CheckContext) -> CheckResult:
    """Events of products that the clean catalogue does not have; the raw one separates unknown from
    quarantined."""
    products, raw_products = context.products, context.raw_products
    if products is None or n_rows(raw_products) == 0:
        return CheckResult(not_checked=("orphans: there is no catalogue to look products up in",))
    tables, work, rows = findings.tables, findings.work, findings.rows("product_id")
    unknown, unknown_keys, resolved = (
        work / f"{name}.parquet" for name in ("unknown_ids", "unknown_keys", "resolved_names")
    )
    tables.sql(_UNKNOWN_IDS(rows=rows), out=unknown, products=products, **findings.inputs())
    if n_rows(unknown) == 0:
        return CheckResult()
    merged: Source = context.merged or MERGED_SCHEMA.empty_table()
    tables.map_arrow(keyed, unknown, out=unknown_keys)
    tables.sql(
        _RESOLVED_NAMES(),
        out=resolved,
        unknown=unknown_keys,
        known=_known_keys(findings, settings, context, products, merged),
        raw_products=raw_products,
        products=products,
        merged=merged,
    )
    old = {"old": "product_id"}
    because = (
        "CASE WHEN is_quarantined THEN 'its product is in quarantine' "
        "WHEN n_matches > 1 THEN n_matches || ' products fit' ELSE 'unknown' END"
    )
    named = f"SELECT * FROM {rows} JOIN resolved USING (product_id) WHERE"
    is_sure = "n_matches = 1 AND NOT is_quarantined"
    lost = {"field": "'product_id'", **old, "because": because}
    return CheckResult(
        selects=[
            finding_sql(f"{named} is_merged", _BY_NAME["merged_product"], old, new="new"),
            finding_sql(
                f"{named} NOT is_merged AND {is_sure}",
                _BY_NAME["resolved_product"],
                old | {"by": "way"},
                new="new",
            ),
            finding_sql(
                f"{named} NOT is_merged AND NOT ({is_sure})", _BY_NAME["unknown_product"], lost
            ),
        ],
        inputs={"resolved": resolved},
    )


def find_variants(
    findings: FindingsStore, settings: OrphansRules, context: CheckContext
) -> CheckResult:
    """Events of a size or colour that their product does not have."""
    if context.products is None or "variant_id" in findings.empty:
        return CheckResult()
    rows = _UNKNOWN_VARIANTS(rows=findings.rows("product_id", "variant_id"))
    inputs: dict[str, Source] = {
        "products": context.products,
        "raw_products": context.raw_products,
        "merged": context.merged or MERGED_SCHEMA.empty_table(),
    }
    detail = {"field": "'variant_id'", "old": "variant_id"}
    return CheckResult(
        selects=[finding_sql(rows, _BY_NAME["unknown_variant"], detail)], inputs=inputs
    )


# the name is data: the section of quality.yaml and the step in findings and reports go by it
STEP = Step(
    name="orphans",
    settings=OrphansRules,
    checks=CHECKS,
    detectors=(find, find_variants),
    finds={find_variants: ("unknown_variant",)},
)


def _known_keys(
    findings: FindingsStore,
    settings: OrphansRules,
    context: CheckContext,
    products: Path,
    merged: Source,
) -> Path:
    """The names of the catalogue with their keys, made once a run; none where names are not resolved."""
    tables, work = findings.tables, findings.work
    out = (context.shared or work) / "catalogue_keys.parquet"
    if out.exists():
        return out
    names = work / "catalogue_names.parquet"
    if settings.resolve:
        raw_products = context.raw_products
        catalogue_names(tables, names, products=products, raw_products=raw_products, merged=merged)
    else:
        tables.sql("SELECT '' AS product_id, '' AS way, '' AS name WHERE false", out=names)
    tables.map_arrow(keyed, names, out=out)
    return out


def catalogue_names(
    tables: Tables, out: Path, *, products: Source, raw_products: Source, merged: Source
) -> None:
    """Everything that events may call a product: ``product_id``, ``way`` (id, code, title, …), ``name``."""
    tables.sql(
        _CATALOGUE_NAMES(), out=out, products=products, raw_products=raw_products, merged=merged
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
