"""Events of a size or colour that their product does not have."""

from __future__ import annotations

from baihuo.engine import Source, sql_file
from baihuo.quality.checks.near_duplicates.checks import MERGED_SCHEMA
from baihuo.quality.checks.referential_integrity.settings import OrphansRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECK = Check(
    name="unknown_variant",
    step="orphans",
    on="events",
    action="note",
    field="variant_id",
    why="its product has variants, but not this one, where nearly all events name one that there is; or the variant is another product's",
    fix="import the variants that were taken out, too; send the variant_id of the listing",
    version="2",
)
_UNKNOWN_VARIANTS = sql_file(__file__, "unknown_variants").bind(max_share=0.2)


def find_variants(
    findings: FindingsStore, settings: OrphansRules, context: CheckContext
) -> CheckResult:
    """Events whose variant is none of their product's."""
    if context.products is None or n_rows(context.raw_products) == 0:
        return CheckResult()
    rows = findings.rows("product_id", "variant_id")
    named = findings.tables.sql(
        f"SELECT 1 AS one FROM {rows} WHERE variant_id IS NOT NULL LIMIT 1",
        out=None,
        **findings.inputs(),
    )
    if named.num_rows == 0:
        return CheckResult()
    inputs: dict[str, Source] = {
        "products": context.products,
        "raw_products": context.raw_products,
        "merged": context.merged or MERGED_SCHEMA.empty_table(),
    }
    return CheckResult(selects=[_UNKNOWN_VARIANTS(rows=rows)], inputs=inputs)
