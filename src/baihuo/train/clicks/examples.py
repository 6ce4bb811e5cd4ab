"""Impressions and what came of them: the rows that click models learn from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from baihuo.core import BadInput
from baihuo.core.defaults import ATTRIBUTION_MINUTES
from baihuo.engine import Source, Tables

MINUTE_US = 60_000_000

EXAMPLES_SQL = """
WITH asked AS (
    SELECT query_id, min(received_at_us) AS at_us, min(visitor_id) AS visitor_id,
           max(query_text) AS query_text, max(surface) AS surface, max(device) AS device
    FROM events WHERE query_id IS NOT NULL GROUP BY query_id
), shown AS (
    SELECT query_id, product_id, min(event_id) AS event_id, min(occurred_at_us) AS shown_at_us,
           min(position) AS position, max(propensity) AS propensity
    FROM events
    WHERE event_type = 'impression' AND query_id IS NOT NULL AND product_id IS NOT NULL
      AND position IS NOT NULL
    GROUP BY query_id, product_id
), seen AS (
    SELECT shown.*, asked.at_us, asked.visitor_id, asked.query_text, asked.surface, asked.device
    FROM shown JOIN asked ON shown.query_id = asked.query_id
    WHERE asked.surface IN ('search', 'home', 'similar')
      AND shown.shown_at_us <= (SELECT max(occurred_at_us) FROM events) - {window_us}
), outcome AS (
    SELECT seen.query_id, seen.product_id,
           max(CASE WHEN o.event_type = 'click' THEN 1 ELSE 0 END) AS is_clicked,
           max(CASE o.event_type WHEN 'click' THEN 1 WHEN 'add_to_cart' THEN 2 ELSE 3 END) AS gain
    FROM seen JOIN events AS o
      ON o.visitor_id = seen.visitor_id AND o.product_id = seen.product_id
     AND o.occurred_at_us >= seen.shown_at_us
     AND o.occurred_at_us <= seen.shown_at_us + {window_us}
    WHERE o.event_type IN ('click', 'add_to_cart', 'purchase')
      AND (o.query_id = seen.query_id OR (o.query_id IS NULL AND o.event_type <> 'click'))
    GROUP BY seen.query_id, seen.product_id
), clicked AS (
    SELECT visitor_id, product_id, received_at_us FROM events
    WHERE event_type = 'click' AND product_id IS NOT NULL
), anchor AS (
    SELECT page.query_id, max(CAST(clicked.received_at_us AS VARCHAR) || '|' || clicked.product_id) AS last
    FROM (SELECT DISTINCT query_id, visitor_id, at_us FROM seen WHERE surface = 'similar') AS page
    JOIN clicked ON clicked.visitor_id = page.visitor_id AND clicked.received_at_us < page.at_us
    GROUP BY page.query_id
), numbered AS (
    SELECT seen.event_id, seen.query_id, seen.visitor_id, seen.product_id, seen.surface,
           seen.query_text, seen.device, seen.position, seen.propensity, seen.at_us,
           coalesce(outcome.is_clicked, 0) AS is_clicked, coalesce(outcome.gain, 0) AS gain,
           substr(anchor.last, strpos(anchor.last, '|') + 1) AS anchor_id
    FROM seen
    LEFT JOIN outcome ON seen.query_id = outcome.query_id AND seen.product_id = outcome.product_id
    LEFT JOIN anchor ON seen.query_id = anchor.query_id
)
SELECT row_number() OVER (ORDER BY at_us, query_id, position, product_id) - 1 AS example_id,
       event_id, query_id, visitor_id, product_id, surface, query_text, device, anchor_id,
       position, propensity, at_us, is_clicked, gain
FROM numbered
ORDER BY at_us, query_id, position, product_id
"""


def impressions(
    tables: Tables,
    *,
    events: Source,
    out: Path,
    attribution_minutes: int = ATTRIBUTION_MINUTES,
) -> int:
    """Write one row an impression, with its outcome, in the order of the pages; returns the rows.

    A page is a ``query_id``; its moment is when we first heard of it, so nothing of the page itself
    counts as its past. A click counts for the impression of its own page within the attribution
    window; a cart or purchase also counts where it names no page. Impressions so late that their window had
    not closed when the log ended are left out, not called "not clicked".

    On similar, the product looked at is the visitor's last click before the page.

    Args:
        events: Clean events.
        out: The Parquet file: ``example_id`` 0, 1, …, ``event_id`` (of the impression), ``query_id``,
            ``visitor_id``, ``product_id``, ``surface``, ``query_text``, ``device``, ``anchor_id``,
            ``position``, ``propensity``, ``at_us``, ``is_clicked`` 0 or 1, ``gain`` 0, or by the
            best outcome 1 (click), 2 (cart), 3 (purchase): what an order earns doubles with each.
        attribution_minutes: Time allowed for the outcome, on the visitor's clock.
    """
    sql = EXAMPLES_SQL.format(window_us=attribution_minutes * MINUTE_US)
    tables.sql(sql, out=out, events=events)
    counted = tables.sql("SELECT count(*) AS n FROM examples", examples=out)
    return int(counted.column("n")[0].as_py())


@dataclass(frozen=True, slots=True)
class Split:
    """Times that cut the pages into train, validation and test: ``[start, next)``, UTC."""

    train_from_us: int
    validation_from_us: int
    test_from_us: int
    until_us: int  # one past the newest page

    def to_json(self) -> dict[str, int]:
        """As written into reports."""
        return {
            "train_from_us": self.train_from_us,
            "validation_from_us": self.validation_from_us,
            "test_from_us": self.test_from_us,
            "until_us": self.until_us,
        }


def split_by_time(
    examples: pa.Table, *, validation_share: float = 0.15, test_share: float = 0.15
) -> Split:
    """Cut where the shares of rows fall, between pages: the newest rows test.

    A model is asked about days it has not seen, so a random split would flatter it: rows of one
    visit would be on both sides.

    Raises:
        BadInput: a part would be empty.
    """
    at_us = examples.column("at_us").to_numpy()
    n = len(at_us)
    first_test = int(n * (1 - test_share))
    first_validation = int(n * (1 - test_share - validation_share))
    if n == 0 or len({at_us[0], at_us[first_validation], at_us[first_test]}) < 3:
        raise BadInput(
            f"{n} impressions are too few pages to train, validate and test on",
            fix="import more history, or train from purchases only",
        )
    return Split(
        int(at_us[0]), int(at_us[first_validation]), int(at_us[first_test]), int(at_us[-1]) + 1
    )
