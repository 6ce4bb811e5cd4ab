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
from baihuo.quality.checks.duplicates.settings import DuplicatesRules
from baihuo.quality.engine.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

_SAME_FACT = ("event_type", "visitor_id", "product_id", "order_id", "query_id")
_NOT_CONTENT = ("event_id", "occurred_at_us", "received_at_us", "import_id", "line")
_ORIGIN = ("import_id", "line")
_FIRST = "received_at_us, import_id, line"

CHECKS = (
    Check(
        name="same_id",
        step="duplicates",
        on="events",
        then="merge",
        why="the same event was sent again with the same id",
        mend="nothing: retries are how a client makes sure; many mean slow answers from the server",
    ),
    Check(
        name="reused_id",
        step="duplicates",
        on="events",
        then="quarantine",
        why="its id already names another event, received before",
        mend="make event ids unique (UUID), not per page or per session",
    ),
    Check(
        name="same_content",
        step="duplicates",
        on="events",
        then="merge",
        why="an event equal in everything but its id happened in the same moment",
        mend="look for two exporters of one log, or a page that sends twice",
    ),
    Check(
        name="same_product",
        step="duplicates",
        on="products",
        then="merge",
        why="a newer row describes the same product",
        mend="nothing: an update; inside one file, one of the two lines is stale",
    ),
    Check(
        name="same_listing",
        step="duplicates",
        on="products",
        then="note",
        why="another product has the same titles, brand, model, category, attributes and price",
        mend="merge them at the source if they are one product, or tell them apart in the title",
    ),
)


def find(ledger: FindingsStore, settings: DuplicatesRules, given: CheckContext) -> CheckResult:
    """Rows of an id that came before."""
    if ledger.table == "products":
        return CheckResult(selects=[_updates(ledger), _listings(ledger)])
    return _by_id(ledger, given)


def find_copies(
    ledger: FindingsStore, settings: DuplicatesRules, given: CheckContext
) -> CheckResult:
    """Among the rows that ids left: copies under another id."""
    return CheckResult(selects=[_by_content(ledger, settings)] if ledger.table == "events" else [])


STEP = Step(name="duplicates", settings=DuplicatesRules, checks=CHECKS, finds=(find, find_copies))


def _by_id(ledger: FindingsStore, given: CheckContext) -> CheckResult:
    """Rows whose id came before, or stands in an earlier range of days. Grouping hashes of ids finds the
    few worth reading in full, at half the time of grouping ids; two ids of one hash are told apart there."""
    rows = ledger.rows("event_id", "received_at_us", *_SAME_FACT)
    hashes = f"SELECT hash(event_id) AS h FROM {ledger.rows('event_id')}"
    twice = f"{hashes} GROUP BY h HAVING count(*) > 1"
    everything, inputs = f"SELECT *, 1 AS place FROM {rows}", dict[str, Source]()
    if given.history:
        earlier = ledger.work / "ids_of_earlier_ranges.parquet"
        columns = ", ".join(("import_id", "line", "event_id", "received_at_us", *_SAME_FACT))
        known = ledger.work / "rows_of_known_ids.parquet"
        history: Source = list(given.history)
        ledger.tables.sql(  # ids alone: the history is long, and mostly none is met again
            f"SELECT import_id, line FROM history SEMI JOIN ({hashes}) AS r ON hash(history.event_id) = r.h "
            "ANTI JOIN raw USING (import_id, line)",
            out=known,
            **{**ledger.inputs(), "history": history},
        )
        if n_rows(known):
            ledger.tables.sql(
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
    select = f"""
        WITH twice AS ({twice})
        SELECT import_id, line,
               CASE WHEN {is_other} THEN 'reused_id' ELSE 'same_id' END AS rule,
               CASE WHEN {is_other} THEN 'quarantine' ELSE 'merge' END AS action,
               CAST(NULL AS VARCHAR) AS field, CAST(NULL AS VARCHAR) AS new,
               CAST(to_json(struct_pack(event_id := event_id,
                    kept := first_import_id || ':' || first_line)) AS VARCHAR) AS detail
        FROM (SELECT *, {first} FROM ({everything})
              WHERE hash(event_id) IN (SELECT h FROM twice)
              WINDOW same AS (PARTITION BY event_id ORDER BY place, {_FIRST}
                              ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))
        WHERE place = 1 AND (import_id <> first_import_id OR line <> first_line)"""
    return CheckResult(selects=[select], inputs=inputs)


def _by_content(ledger: FindingsStore, settings: DuplicatesRules) -> str:
    """Chains of equal rows, each within the window of the one before; the chain's first stays."""
    content = [name for name in EVENTS.names if name not in _NOT_CONTENT]
    exact = ", ".join(f"'{name}'" for name in settings.exact_only) or "''"
    alike = "hash(visitor_id, event_type, coalesce(product_id, query_text, ''))"
    return f"""
        WITH alike AS (
            SELECT {alike} AS h FROM {ledger.rows("visitor_id", "event_type", "product_id", "query_text")}
            GROUP BY h HAVING count(*) > 1),
        pairs AS (
            SELECT r.*, occurred_at_us - lag(occurred_at_us) OVER equal AS gap_us
            FROM {ledger.rows(*EVENTS.names)} AS r SEMI JOIN alike ON {alike} = alike.h
            WINDOW equal AS (PARTITION BY {", ".join(content)} ORDER BY occurred_at_us, {_FIRST})),
        chained AS (
            SELECT *, sum(CASE WHEN gap_us <= CASE WHEN event_type IN ({exact}) THEN 0
                                                   ELSE {settings.window_ms} * 1000 END
                               THEN 0 ELSE 1 END) OVER equal AS chain
            FROM pairs
            WINDOW equal AS (PARTITION BY {", ".join(content)} ORDER BY occurred_at_us, {_FIRST}
                             ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)),
        kept AS (
            SELECT import_id, line, event_id, row_number() OVER chain AS nth,
                   first_value(import_id || ':' || line) OVER chain AS kept
            FROM chained
            WINDOW chain AS (PARTITION BY {", ".join(content)}, chain ORDER BY {_FIRST}))
        SELECT import_id, line, 'same_content' AS rule, 'merge' AS action,
               CAST(NULL AS VARCHAR) AS field, CAST(NULL AS VARCHAR) AS new,
               CAST(to_json(struct_pack(event_id := event_id, kept := kept)) AS VARCHAR) AS detail
        FROM kept WHERE nth > 1"""


def _updates(ledger: FindingsStore) -> str:
    """All rows of a product but the newest: by its own time, else by import and line.

    Of rows equal to the newest the first stays, so that a line sent again is the one merged.
    """
    content = ", ".join(f"{n} := {n}" for n in PRODUCTS.names if n not in ("import_id", "line"))
    return f"""
        WITH twice AS (SELECT product_id FROM {ledger.rows("product_id")}
                       GROUP BY product_id HAVING count(*) > 1),
        told AS (
            SELECT import_id, line, product_id, updated_at_us, to_json(struct_pack({content})) AS content
            FROM {ledger.rows(*PRODUCTS.names)} WHERE product_id IN (SELECT product_id FROM twice)),
        compared AS (
            SELECT *, content = first_value(content) OVER (
                PARTITION BY product_id ORDER BY updated_at_us DESC NULLS LAST, import_id DESC, line DESC
            ) AS is_newest FROM told)
        SELECT import_id, line, 'same_product' AS rule, 'merge' AS action,
               CAST(NULL AS VARCHAR) AS field, CAST(NULL AS VARCHAR) AS new,
               CAST(to_json(struct_pack(product_id := product_id, kept := kept)) AS VARCHAR) AS detail
        FROM (SELECT *, row_number() OVER kept AS nth,
                     first_value(import_id || ':' || line) OVER kept AS kept
              FROM compared
              WINDOW kept AS (PARTITION BY product_id ORDER BY is_newest DESC, import_id, line))
        WHERE nth > 1"""


def _listings(ledger: FindingsStore) -> str:
    same = "title_en, title_zh, brand, model, category, attributes, variants, price_minor, currency"
    return f"""
        SELECT import_id, line, 'same_listing' AS rule, 'note' AS action,
               CAST(NULL AS VARCHAR) AS field, CAST(NULL AS VARCHAR) AS new,
               CAST(to_json(struct_pack(product_id := product_id, same_as := same_as)) AS VARCHAR) AS detail
        FROM (SELECT import_id, line, product_id, row_number() OVER alike AS nth,
                     first_value(product_id) OVER alike AS same_as
              FROM {ledger.rows("product_id", "title_en", "title_zh", "brand", "model", "category", "attributes", "variants", "price_minor", "currency")}
              WINDOW alike AS (PARTITION BY {same} ORDER BY product_id, import_id, line))
        WHERE nth > 1 AND same_as <> product_id"""
