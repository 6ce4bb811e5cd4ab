"""Duplicates: one event or product in several rows.

*Retries* have the same id and the same content. *Copies* have another id and are equal in everything
else, at the same moment or within a short window: two exporters, a page that sends on both click and
unload, an order line written twice. The row received first stays, then the one of the lowest import
and line, whatever the order of rows in the files.

Two different events under one id are no duplicates; the later ones go to quarantine, because every
later stage takes an event id for one event.
"""

from __future__ import annotations

from pathlib import Path

from baihuo.core import EVENTS, PRODUCTS
from baihuo.engine import Source, sql_file
from baihuo.quality.checks.duplicates import orders, reviews
from baihuo.quality.checks.duplicates.repeated_hashes import write_repeated_hashes
from baihuo.quality.checks.duplicates.settings import DuplicatesRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

_REPEATED_IDS = sql_file(__file__, "repeated_ids")
_SAME_CONTENT = sql_file(__file__, "same_content")
_SAME_PRODUCT = sql_file(__file__, "same_product")
_SAME_LISTING = sql_file(__file__, "same_listing")

_OF_COARSE_HASH = "visitor_id event_type session_id query_id product_id query_text position".split()
_COARSE_HASH = f"hash({', '.join(_OF_COARSE_HASH)})"
_HASHES = {"repeated_ids": "hash(event_id)", "repeated_content": _COARSE_HASH}
_SAME_FACT = ("event_type", "visitor_id", "product_id", "order_id", "query_id")
_NOT_CONTENT = ("event_id", "occurred_at_us", "received_at_us", "import_id", "line")
_ORIGIN = ("import_id", "line")
_RECEIVED_ORDER = "received_at_us, import_id, line"
_HAND_US = 100_000  # a finger takes longer between two taps that are both meant
_DOUBLE_TAP_US = 400_000  # between two taps that are one; of three in a second the hand means each
_SAME_STAY_US = 60_000_000  # a client that sends again does so within a minute
_BESIDE_COPIES = ("flood_of_copies", "repeated_order_line")
"""Checks of equal rows that take rows of their own out of those of ``same_content``."""
_NEVER = 1 << 62
_MAX_COMMON_WORDS = 0.34  # of the shorter title: a colour, a size, the name of a series
_LISTING_CONTENT = (
    "title_en title_zh brand model category attributes variants price_minor currency".split()
)

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
        why="another event with this id was received before",
        fix="make event ids unique (UUID), not per page or per session",
    ),
    Check(
        name="same_content",
        step="duplicates",
        on="events",
        action="merge",
        why="an event equal in everything but its id happened in the same moment, or it is a stay that took as long to the "
        "millisecond and had begun when the other ended (a note of two carts less than half a second apart: a double tap, or "
        "a button that fires twice)",
        fix="look for two exporters of one log, or a page that sends twice",
        version="2",
    ),
    Check(
        name="flood_of_copies",
        step="duplicates",
        on="events",
        action="quarantine",
        one_per=("whose", "from_us"),
        why="one visitor sent the same event very many times within seconds, or dozens of times with pauses of seconds: "
        "a stuck key, a script, a client in a loop",
        fix="look for a loop in the client; limit the request rate per visitor at the gateway",
    ),
    Check(
        name="repeated_order_line",
        step="duplicates",
        on="events",
        action="merge",
        why="the same line of the same order was written again seconds later (a note where no order is named, and where "
        "all lines of an order come again under another order id)",
        fix="send a line once with its quantity; make the shop's retry of an order keep the ids of its lines",
    ),
    *orders.CHECKS,
    *reviews.CHECKS,
    Check(
        name="same_product",
        step="duplicates",
        on="products",
        action="merge",
        why="a newer row describes the same product",
        fix="nothing: an update; inside one file, one of the two lines is stale",
        version="2",
    ),
    Check(
        name="same_listing",
        step="duplicates",
        on="products",
        action="note",
        why="another product has the same titles, brand, model, category, attributes and price",
        fix="merge them at the source if they are one product, or make their titles different",
    ),
)


def find(findings: FindingsStore, settings: DuplicatesRules, context: CheckContext) -> CheckResult:
    """Rows with an id that came before; of products, also listings equal in everything but the id."""
    if findings.table == "products":
        of_products = {"same_product": _same_product, "same_listing": _same_listing}
        return CheckResult(selects=[f(findings) for n, f in of_products.items() if context.runs(n)])
    return _repeated_ids(findings, context)


def find_copies(
    findings: FindingsStore, settings: DuplicatesRules, context: CheckContext
) -> CheckResult:
    """Copies under another id, among the rows that the first round left."""
    if findings.table != "events":
        return CheckResult()
    # of the rows before the first round, so that one scan does for both: a few more rows are read in full
    selects = [
        *orders.order_selects(findings, settings, context),
        *reviews.review_selects(findings, settings, context),
    ]
    if not context.runs("same_content", *_BESIDE_COPIES):
        return CheckResult(selects=selects)
    repeated = _repeated_hashes(findings)["repeated_content"]
    if not n_rows(repeated):
        return CheckResult(selects=selects)
    selects.insert(0, _same_content(findings, settings, context))
    return CheckResult(selects=selects, inputs={"repeated": repeated})


STEP = Step(
    name="duplicates",
    settings=DuplicatesRules,
    checks=CHECKS,
    detectors=(find, find_copies),
    finds={
        find: ("same_id", "reused_id", "same_product", "same_listing"),
        find_copies: (
            *("same_content", *_BESIDE_COPIES),
            *(check.name for check in (*orders.CHECKS, *reviews.CHECKS)),
        ),
    },
)


def _repeated_ids(findings: FindingsStore, context: CheckContext) -> CheckResult:
    """Rows whose id came before, also in an earlier range of days.

    Hashes of ids find the few rows worth reading in full; different ids with one hash are distinguished when they
    are read.
    """
    rows = findings.rows("event_id", "received_at_us", *_SAME_FACT)
    repeated = "SELECT hash AS id_hash FROM repeated_ids"
    inputs: dict[str, Source] = {"repeated_ids": _repeated_hashes(findings)["repeated_ids"]}
    candidates = f"SELECT *, 1 AS range_no FROM {rows}"
    hashes = f"SELECT hash(event_id) AS id_hash FROM {findings.rows('event_id')}"
    earlier = _earlier_rows(findings, context, hashes)
    if earlier is not None:
        inputs["earlier"] = earlier
        candidates += " UNION ALL BY NAME SELECT *, 0 AS range_no FROM earlier"
        repeated += " UNION SELECT hash(event_id) FROM earlier"
    first_values = ", ".join(
        f"first_value({c}) OVER same_id AS first_{c}" for c in (*_SAME_FACT, *_ORIGIN)
    )
    select = _REPEATED_IDS(
        repeated=repeated,
        is_other_event=" OR ".join(f"{c} IS DISTINCT FROM first_{c}" for c in _SAME_FACT),
        first_values=first_values,
        candidates=candidates,
        received_order=_RECEIVED_ORDER,
    )
    return CheckResult(selects=[select], inputs=inputs)


def _repeated_hashes(findings: FindingsStore) -> dict[str, Path]:
    """Of ids and of contents; a run that goes on after the first round reads the files that it left."""
    files = {name: findings.work / f"{name}.parquet" for name in _HASHES}
    if all(file.exists() for file in files.values()):
        return files
    return write_repeated_hashes(findings, _HASHES, ("event_id", *_OF_COARSE_HASH))


def _earlier_rows(findings: FindingsStore, context: CheckContext, hashes: str) -> Path | None:
    """A file of the rows of earlier ranges of days with an id of this one; None where there are none."""
    if not context.history:
        return None
    history: Source = list(context.history)
    known = findings.work / "rows_of_known_ids.parquet"
    findings.tables.sql(  # first the ids alone: the history is long, and few of its ids come again
        f"SELECT import_id, line FROM history SEMI JOIN ({hashes}) AS r ON hash(history.event_id) = r.id_hash "
        "ANTI JOIN raw USING (import_id, line)",
        out=known,
        **{**findings.inputs(), "history": history},
    )
    if not n_rows(known):
        return None
    earlier = findings.work / "ids_of_earlier_ranges.parquet"
    columns = ", ".join(("import_id", "line", "event_id", "received_at_us", *_SAME_FACT))
    findings.tables.sql(
        f"SELECT {columns} FROM history SEMI JOIN known USING (import_id, line)",
        out=earlier,
        history=history,
        known=known,
    )
    return earlier


def _same_content(findings: FindingsStore, settings: DuplicatesRules, context: CheckContext) -> str:
    """Chains of equal rows, each within the window of the one before; the chain's first stays."""
    content = [name for name in EVENTS.names if name not in _NOT_CONTENT]
    has_floods, has_lines = map(context.runs, _BESIDE_COPIES)
    return _SAME_CONTENT(
        coarse_hash=_COARSE_HASH,
        rows=findings.rows(*EVENTS.names),
        content=", ".join(content),
        received_order=_RECEIVED_ORDER,
        exact_types=", ".join(f"'{name}'" for name in settings.exact_only) or "''",
        window_us=settings.window_ms * 1000,
        hand_us=_HAND_US,
        stay_us=_SAME_STAY_US if settings.window_ms else 0,
        tap_us=_DOUBLE_TAP_US,
        flood_rows=settings.flood_rows if has_floods else _NEVER,
        flood_gap_us=settings.slow_flood_gap_ms * 1000 if has_floods else -1,
        slow_flood_rows=settings.slow_flood_rows if has_floods else _NEVER,
        order_line_us=settings.order_line_ms * 1000 if has_lines else -1,
        purchase_us=settings.order_line_ms * 1000 // 6 if has_lines else -1,
    )


def _same_product(findings: FindingsStore) -> str:
    """All rows of a product but the newest: by its own time, else by import and line.

    Of rows equal to the newest the first stays, so that a line sent again is the one merged.
    """
    content = ", ".join(f"{n} := {n}" for n in PRODUCTS.names if n not in ("import_id", "line"))
    return _SAME_PRODUCT(
        ids=findings.rows("product_id"),
        content=content,
        rows=findings.rows(*PRODUCTS.names),
        max_common=_MAX_COMMON_WORDS,
    )


def _same_listing(findings: FindingsStore) -> str:
    rows = findings.rows("product_id", *_LISTING_CONTENT)
    return _SAME_LISTING(rows=rows, content=", ".join(_LISTING_CONTENT))
