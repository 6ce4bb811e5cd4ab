"""One review that many visitors wrote: bought, or copied by a program."""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.checks.duplicates.settings import DuplicatesRules
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext

CHECKS = (
    Check(
        name="same_review",
        step="duplicates",
        on="events",
        action="note",
        field="text",
        why="many visitors wrote this same long review about one product or a few (a text of several sentences: about any): "
        "bought, copied, or written by a program",
        fix="look at the accounts behind it; leave such ratings out of the product's mean",
        version="2",
    ),
)
_SAME_REVIEWS = sql_file(__file__, "same_reviews").bind(min_chars=24, copied_chars=90, cjk_weight=3)


def review_selects(
    findings: FindingsStore, settings: DuplicatesRules, context: CheckContext
) -> list[str]:
    """The statement of the check; an empty list of a log without reviews."""
    if not context.runs(*(check.name for check in CHECKS)):
        return []
    rows = findings.rows("event_type", "visitor_id", "product_id", "text")
    reviews = findings.tables.sql(
        f"SELECT 1 AS one FROM {rows} WHERE event_type = 'review' AND text IS NOT NULL LIMIT 1",
        out=None,
        **findings.inputs(),
    )
    if reviews.num_rows == 0:
        return []
    return [_SAME_REVIEWS(rows=rows, min_visitors=settings.same_review_visitors)]
