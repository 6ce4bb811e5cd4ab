"""Outcomes that a model would learn wrongly.

A label is what came of an impression. It is wrong where two outcomes of one thing contradict each
other, where the outcome came in after training had already called it a negative, where the position
is not the one the product had, or where the outcome does not say to which page it belongs.

What the page itself told (its impressions) is believed over what a click says about the page.
"""

from __future__ import annotations

from baihuo.engine import Source
from baihuo.quality.checks.labels import merge_messages, pages
from baihuo.quality.checks.labels.settings import LabelsRules
from baihuo.quality.checks.narrow_scan import rows_of
from baihuo.quality.engine.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

CHECKS: tuple[Check, ...] = (
    Check(
        name="contradictory_rating",
        step="labels",
        on="events",
        action="merge",
        field="rating",
        why="the same visitor rated the same purchase quite differently later, and the last word counts "
        "(of two at one moment nobody knows: both go to quarantine)",
        fix="send a changed review under the id of the first",
    ),
    Check(
        name="undone_purchase",
        step="labels",
        on="events",
        action="quarantine",
        why="every unit of this order line was cancelled within the attribution window: nothing was bought",
        fix="send orders when they are final, or leave mistaken ones out together with their cancel",
    ),
    Check(
        name="purchase_taken_back",
        step="labels",
        on="events",
        action="note",
        why="within the attribution window as many units were cancelled under another order id",
        fix="send the order's id with its cancel; then both are taken out together",
    ),
    Check(
        name="contradictory_click",
        step="labels",
        on="events",
        action="note",
        field="product_id",
        why="two products were clicked at one position of one page, and no impression tells which was there",
        fix="log impressions, and give a page that changed a new query_id",
    ),
    Check(
        name="late_outcome",
        step="labels",
        on="events",
        action="note",
        why="it reached us after the attribution window of its impression had closed, so whoever trained "
        "in between saw a negative",
        fix="send clicks and purchases as soon as the network allows; train later than they arrive",
    ),
    Check(
        name="zero_based_page",
        step="labels",
        on="events",
        action="repair",
        field="position",
        why="its page counts positions from 0",
        fix="count from 1 at the top of the page",
    ),
    Check(
        name="shifted_position",
        step="labels",
        on="events",
        action="repair",
        field="position",
        why="the page showed the product elsewhere, and all outcomes of this page or client are off by as much",
        fix="count positions in clicks and carts as impressions do: from 1 at the top of the first page",
    ),
    Check(
        name="wrong_position",
        step="labels",
        on="events",
        action="note",
        field="position",
        why="the page showed the product at another position",
        fix="send the position with which the page was served; a page that is sorted anew is a new query",
    ),
    Check(
        name="shared_position",
        step="labels",
        on="events",
        action="note",
        field="position",
        why="its page shows another product at the same position",
        fix="number through the whole page, shelves and page two included",
    ),
    Check(
        name="product_twice",
        step="labels",
        on="events",
        action="note",
        field="position",
        why="its page shows the same product at another position as well",
        fix="take repeats out of the page, or log the copy as ad_impression where it is one",
    ),
    Check(
        name="recovered_query",
        step="labels",
        on="events",
        action="repair",
        field="query_id",
        why="it named no query, but this visitor saw this product in exactly one page of the visit",
        fix="carry the query_id of the page into its clicks, carts and purchases",
    ),
    Check(
        name="missing_query",
        step="labels",
        on="events",
        action="note",
        field="query_id",
        why="it happened on a surface whose pages have query ids, names none, and no page or several fit",
        fix="carry the query_id of the page into its clicks, carts and purchases",
    ),
)
_PAGES = "labels_pages.parquet"
_COLUMNS = (
    "event_type",
    "visitor_id",
    "session_id",
    "query_id",
    "product_id",
    "order_id",
    "surface",
    "platform",
    "position",
    "occurred_at_us",
    "received_at_us",
    "rating",
    "quantity",
)


def find_told(findings: FindingsStore, settings: LabelsRules, context: CheckContext) -> CheckResult:
    """Ratings and purchases that something later contradicts; clicks that lost their page."""
    words = _words(findings, settings, context)
    few = findings.work / "labels_few.parquet"
    findings.tables.sql(merge_messages.FEW.format(**words), out=few, **findings.inputs())
    found = CheckResult(
        selects=[
            merge_messages.RATINGS(**words),
            merge_messages.UNDONE(**words),
            merge_messages.TAKEN_BACK(**words),
        ],
        inputs={"few": few},
    )
    lost, seen = findings.work / "labels_lost.parquet", findings.work / _PAGES
    findings.tables.sql(pages.PAGES(**words), out=seen, **findings.inputs())
    findings.tables.sql(merge_messages.LOST(**words), out=lost, pages_seen=seen, **findings.inputs())
    if n_rows(lost) == 0:
        return found
    return CheckResult(
        selects=[*found.selects, merge_messages.RECOVERED(**words)],
        inputs={**found.inputs, "lost": lost},
    )


def find_pages(findings: FindingsStore, settings: LabelsRules, context: CheckContext) -> CheckResult:
    """Pages whose own positions cannot be: from 0, two products at one, one product at two."""
    tables, work, words = findings.tables, findings.work, _words(findings, settings, context)
    seen, zeros, counted, odd, looked = (
        work / _PAGES,
        *(work / f"labels_{n}.parquet" for n in ("zeros", "counted", "odd", "looked")),
    )
    words["zero_rows"] = rows_of(findings, "(SELECT * FROM raw WHERE position = 0)", *_COLUMNS)
    tables.sql(pages.ZEROS.format(**words), out=zeros, **findings.inputs())
    tables.sql(pages.ODD, out=odd, pages_seen=seen)
    selects: list[str] = []
    inputs: dict[str, Source] = {}
    if n_rows(zeros) or n_rows(odd):
        tables.sql(
            pages.LOOKED.format(**words), out=looked, zeros=zeros, odd=odd, **findings.inputs()
        )
    if n_rows(zeros):
        tables.sql(pages.COUNTED(**words), out=counted, zeros=zeros, looked=looked, pages_seen=seen)
        selects.append(pages.FROM_ZERO(**words))
        inputs |= {"zeros": zeros, "counted": counted}
    if n_rows(odd):
        surfaces, doubled = work / "labels_surfaces.parquet", work / "labels_doubled.parquet"
        tables.sql(pages.SURFACES, out=surfaces, pages_seen=seen)
        tables.sql(pages.DOUBLED(**words), out=doubled, odd=odd, surfaces=surfaces, looked=looked)
        selects.append(pages.TWICE)
        inputs |= {"doubled": doubled}
    return CheckResult(selects=selects, inputs=inputs)


def find_outcomes(findings: FindingsStore, settings: LabelsRules, context: CheckContext) -> CheckResult:
    """Outcomes that came late, or say another position than their page."""
    tables, work, words = findings.tables, findings.work, _words(findings, settings, context)
    zeros, said, shown, outcomes = (
        work / f"labels_{n}.parquet" for n in ("zeros", "said", "shown", "outcomes")
    )
    tables.sql(pages.SAID.format(**words), out=said, **findings.inputs())
    if n_rows(said) == 0:
        return CheckResult()
    tables.sql(pages.SHOWN.format(**words), out=shown, said=said, **findings.inputs())
    tables.sql(pages.OUTCOMES(**words), out=outcomes, said=said, shown=shown, zeros=zeros)
    selects, inputs = [pages.CLICKS_APART()], dict[str, Source](said=said, shown=shown)
    if n_rows(outcomes) == 0:
        return CheckResult(selects=selects, inputs=inputs)
    clients, by_page = work / "labels_clients.parquet", work / "labels_told.parquet"
    tables.sql(pages.CLIENTS, out=clients, said=said)
    tables.sql(pages.TOLD, out=by_page, said=said, outcomes=outcomes)
    inputs |= {"outcomes": outcomes, "clients": clients, "told_by_page": by_page}
    words["is_from_zero"] = "false"
    if n_rows(zeros):
        inputs["counted"] = work / "labels_counted.parquet"
        words["is_from_zero"] = "query_id IN (SELECT query_id FROM counted)"
    return CheckResult(
        selects=[*selects, pages.LATE(**words), pages.SHIFTED(**words)], inputs=inputs
    )


def _words(
    findings: FindingsStore, settings: LabelsRules, context: CheckContext
) -> dict[str, str | int | float]:
    of = settings
    return {
        "rows": findings.rows(*_COLUMNS),
        "window_us": int(of.attribution_minutes * 60e6),
        "late_us": int(of.late_minutes * 60e6),
        "visit_us": int(of.visit_minutes * 60e6),
        "slack_us": context.tolerance_ms * 1000,
        "review_us": int(of.review_days * 86_400e6),
        "rating_gap": of.rating_gap,
        "min_share": of.min_share,
        "layout_share": of.layout_share,
        "min_pages": of.min_pages,
    }


STEP = Step(
    name="labels",
    settings=LabelsRules,
    checks=CHECKS,
    detectors=(find_told, find_pages, find_outcomes),
)
