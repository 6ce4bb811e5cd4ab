"""The same fact told twice.

*Retries* carry the same id and the same content. *Copies* carry another id and equal everything
else, at the same moment or within a window so short that one hand fired twice: two exporters, a
page that sends on both click and unload, an order line written twice. The row that stays is the one we received
first, then the one of the lowest import and line: whatever the order of rows in the files.

One id on two different facts is no duplicate; the later ones go to quarantine, because every later
stage takes an event id for one event.
"""

from __future__ import annotations

from baihuo.core.tables import EVENTS, PRODUCTS
from baihuo.engine import Source
from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.duplicates.settings import DuplicatesRules
from baihuo.quality.engine.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

_BY_ID = sql_file(__file__, "by_id")
_BY_CONTENT = sql_file(__file__, "by_content")
_UPDATES = sql_file(__file__, "updates")
_LISTINGS = sql_file(__file__, "listings")

_SAME_FACT = ("event_type", "visitor_id", "product_id", "order_id", "query_id")
_NOT_CONTENT = ("event_id", "occurred_at_us", "received_at_us", "import_id", "line")
_ORIGIN = ("import_id", "line")
_FIRST = "received_at_us, import_id, line"

CHECKS = (
    Check(
        name="same_id",
        step="duplicates",
        on="events",
        action="merge",
        why="the same event was sent again with the same id",
        fix="nothing: retries are how a client makes sure; many mean slow answers from the server",
    ),
    Check(
        name="reused_id",
        step="duplicates",
        on="events",
        action="quarantine",
        why="its id already names another event, received before",
        fix="make event ids unique (UUID), not per page or per session",
    ),
    Check(
        name="same_content",
        step="duplicates",
        on="events",
        action="merge",
        why="an event equal in everything but its id happened in the same moment",
        fix="look for two exporters of one log, or a page that sends twice",
    ),
    Check(
        name="same_product",
        step="duplicates",
        on="products",
        action="merge",
        why="a newer row describes the same product",
        fix="nothing: an update; inside one file, one of the two lines is stale",
    ),
    Check(
        name="same_listing",
        step="duplicates",
        on="products",
        action="note",
        why="another product has the same titles, brand, model, category, attributes and price",
        fix="merge them at the source if they are one product, or tell them apart in the title",
    ),
)


def find(findings: FindingsStore, settings: DuplicatesRules, context: CheckContext) -> CheckResult:
    """Rows of an id that came before."""
    if findings.table == "products":
        return CheckResult(selects=[_updates(findings), _listings(findings)])
    return _by_id(findings, context)


def find_copies(
    findings: FindingsStore, settings: DuplicatesRules, context: CheckContext
) -> CheckResult:
    """Among the rows that ids left: copies under another id."""
    return CheckResult(selects=[_by_content(findings, settings)] if findings.table == "events" else [])


STEP = Step(
    name="duplicates", settings=DuplicatesRules, checks=CHECKS, detectors=(find, find_copies)
)


def _by_id(findings: FindingsStore, context: CheckContext) -> CheckResult:
    """Rows whose id came before, or stands in an earlier range of days. Grouping hashes of ids finds the
    few worth reading in full, at half the time of grouping ids; two ids of one hash are told apart there."""
    rows = findings.rows("event_id", "received_at_us", *_SAME_FACT)
    hashes = f"SELECT hash(event_id) AS h FROM {findings.rows('event_id')}"
    twice = f"{hashes} GROUP BY h HAVING count(*) > 1"
    everything, inputs = f"SELECT *, 1 AS place FROM {rows}", dict[str, Source]()
    if context.history:
        earlier = findings.work / "ids_of_earlier_ranges.parquet"
        columns = ", ".join(("import_id", "line", "event_id", "received_at_us", *_SAME_FACT))
        known = findings.work / "rows_of_known_ids.parquet"
        history: Source = list(context.history)
        findings.tables.sql(  # ids alone: the history is long, and mostly none is met again
            f"SELECT import_id, line FROM history SEMI JOIN ({hashes}) AS r ON hash(history.event_id) = r.h "
            "ANTI JOIN raw USING (import_id, line)",
            out=known,
            **{**findings.inputs(), "history": history},
        )
        if n_rows(known):
            findings.tables.sql(
                f"SELECT {columns} FROM history SEMI JOIN known USING (import_id, line)",
                out=earlier,
                history=history,
                known=known,
            )
            inputs["earlier"] = earlier
            everything += " UNION ALL BY NAME SELECT *, 0 AS place FROM earlier"
            twice += " UNION SELECT hash(event_id) FROM earlier"
    first = ", ".join(f"first_value({c}) OVER same AS first_{c}" for c in (*_SAME_FACT, *_ORIGIN))
    is_other = " OR ".join(f"{c} IS DISTINCT FROM first_{c}" for c in _SAME_FACT)
    select = _BY_ID(
        twice=twice, is_other=is_other, first=first, everything=everything, first_2=_FIRST
    )
    return CheckResult(selects=[select], inputs=inputs)


def _by_content(findings: FindingsStore, settings: DuplicatesRules) -> str:
    """Chains of equal rows, each within the window of the one before; the chain's first stays."""
    content = [name for name in EVENTS.names if name not in _NOT_CONTENT]
    exact = ", ".join(f"'{name}'" for name in settings.exact_only) or "''"
    alike = "hash(visitor_id, event_type, coalesce(product_id, query_text, ''))"
    return _BY_CONTENT(
        alike=alike,
        rows=findings.rows("visitor_id", "event_type", "product_id", "query_text"),
        rows_2=findings.rows(*EVENTS.names),
        list=", ".join(content),
        first=_FIRST,
        exact=exact,
        window_ms=settings.window_ms,
    )


def _updates(findings: FindingsStore) -> str:
    """All rows of a product but the newest: by its own time, else by import and line.

    Of rows equal to the newest the first stays, so that a line sent again is the one merged.
    """
    content = ", ".join(f"{n} := {n}" for n in PRODUCTS.names if n not in ("import_id", "line"))
    return _UPDATES(
        rows=findings.rows("product_id"), content=content, rows_2=findings.rows(*PRODUCTS.names)
    )


def _listings(findings: FindingsStore) -> str:
    same = "title_en, title_zh, brand, model, category, attributes, variants, price_minor, currency"
    return _LISTINGS(
        rows=findings.rows(
            "product_id",
            "title_en",
            "title_zh",
            "brand",
            "model",
            "category",
            "attributes",
            "variants",
            "price_minor",
            "currency",
        ),
        same=same,
    )
