"""The checks of ``script.py``: every finding that ours has in this file, as one plain script.

The table ``e`` holds the rows that are left, repaired; each step writes down what it found and then
deletes and updates. It knows what this log holds (no half-hour but eight, one device a visitor, no
layout that repeats a product on purpose) and looks for nothing else.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np

US = 1_000_000
MINUTE, HOUR, DAY = 60 * US, 3_600 * US, 86_400 * US
HAND = "('click', 'dwell', 'add_to_cart', 'remove_from_cart', 'search')"
BROWSING = "('search', 'impression', 'click', 'dwell', 'add_to_cart', 'ad_impression', 'ad_click')"
OUTCOMES = "('click', 'dwell', 'add_to_cart', 'purchase')"
SHOWN = "event_type = 'impression' AND query_id IS NOT NULL AND product_id IS NOT NULL"
CONTENT = (
    "event_type, visitor_id, session_id, query_id, query_text, product_id, order_id, surface, position, "
    "price_minor, currency, quantity, dwell_ms, rating, platform, device, country"
)


def clean(db: duckdb.DuckDBPyConnection, out: Path) -> None:
    """The tables ``e`` and ``p`` cleaned, and as files: they, the quarantine and the findings."""
    db.execute(
        'CREATE TABLE found ("table" VARCHAR, step INT, line BIGINT, rule VARCHAR, action VARCHAR, new VARCHAR)'
    )
    _products(db)
    for n, (select, column) in enumerate(STEPS):
        for table, made in TABLES.get(select, ()):
            db.execute(f"CREATE OR REPLACE TABLE {table} AS {made}")
        db.execute(
            f"INSERT INTO found SELECT 'events', {n}, line, rule, action, new FROM ({select})"
        )
        of = f"(SELECT line, any_value(new) AS new FROM found WHERE \"table\" = 'events' AND step = {n} AND action"
        for name in column.split():
            its = f"= 'repair' AND rule = '{BLANKED[name]}'" if select is SCHEMA else "= 'repair'"
            db.execute(
                f"UPDATE e SET {name} = f.new FROM {of} {its} GROUP BY line) AS f WHERE e.line = f.line"
            )
        db.execute(
            f"DELETE FROM e USING {of} IN ('quarantine', 'merge') GROUP BY line) AS f WHERE e.line = f.line"
        )
    _holes(db)
    save = "(FORMAT parquet, COMPRESSION zstd)"
    db.execute(
        f"COPY (FROM e ORDER BY received_at_us, event_id, line) TO '{out}/clean.parquet' {save}"
    )
    db.execute(f"""
        COPY (SELECT raw.*, rule FROM '{out}/events.parquet' AS raw JOIN (
                  SELECT line, arg_min(rule, step) AS rule FROM found
                  WHERE "table" = 'events' AND action = 'quarantine' GROUP BY line) USING (line) ORDER BY line)
        TO '{out}/quarantine.parquet' {save}""")
    db.execute(
        f"""COPY (FROM found ORDER BY "table", line, rule) TO '{out}/findings.parquet' {save}"""
    )
    db.execute("DROP TABLE e")


def _products(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        """INSERT INTO found SELECT 'products', 0, line, 'bad_listing_price', 'repair', NULL FROM p WHERE price_minor < 0"""
    )
    db.execute("UPDATE p SET price_minor = NULL WHERE price_minor < 0")
    db.execute("""
        INSERT INTO found SELECT 'products', 1, line, 'same_product', 'merge', NULL FROM p
        QUALIFY row_number() OVER (PARTITION BY product_id ORDER BY line) > 1""")
    db.execute("DELETE FROM p WHERE line IN (SELECT line FROM found WHERE rule = 'same_product')")


def _found(rule: str, action: str, source: str, new: str = "NULL") -> str:
    return f"SELECT line, {rule} AS rule, {action} AS action, CAST({new} AS VARCHAR) AS new FROM {source}"


def _union(*selects: str) -> str:
    return " UNION ALL ".join(selects)


BLANKED = {"position": "bad_position", "price_minor": "bad_price"}
"""Of the schema step, whose repairs are of two columns."""

_IDS = "event_id visitor_id session_id query_id product_id order_id".split()
_SCHEMA = {
    "no_product": (
        "quarantine",
        "product_id IS NULL AND event_type IN ('impression', 'click', 'add_to_cart', 'purchase', 'cancel', 'review')",
    ),
    "huge_value": (
        "quarantine",
        " OR ".join(f"length({c}) > 256" for c in _IDS) + " OR length(query_text) > 20000",
    ),
    "bad_quantity": ("quarantine", "quantity < 1 OR quantity > 100000"),
    "bad_price": ("repair", "price_minor < 0 OR price_minor > 100000000000"),
    "bad_position": ("repair", "position < 1 OR position > 10000"),
    "bad_dwell": ("quarantine", f"dwell_ms < 0 OR dwell_ms > {12 * HOUR // 1000}"),
    "bad_rating": ("quarantine", "NOT (rating >= 1 AND rating <= 5)"),
}
SCHEMA = (
    f"WITH bad AS MATERIALIZED (FROM e WHERE {' OR '.join(bad for _, bad in _SCHEMA.values())}) "
    + _union(*(_found(f"'{n}'", f"'{a}'", f"bad WHERE {bad}") for n, (a, bad) in _SCHEMA.items()))
)

# off by about eight hours, or by one amount of minutes, ten times or more
CLOCKS = f"""
    WITH odd AS MATERIALIZED (
        SELECT line, visitor_id, occurred_at_us AS o, received_at_us AS r, o - r AS d,
               CAST(ceil((d - {MINUTE}) / {30 * MINUTE}) AS BIGINT) AS k
        FROM e WHERE (o > r + {MINUTE} OR o <= r - {29 * MINUTE}) AND abs(o - r) < {400 * DAY}),
    zones AS (
        SELECT visitor_id, k FROM odd GROUP BY visitor_id, k
        HAVING count(*) FILTER (abs(d - k * {30 * MINUTE}) <= {MINUTE}) >= greatest(10, 0.3 * count(*))
           AND max(o) - min(o) >= 0.5 * (max(r) - min(r)) AND (k > 0 OR max(r) - min(r) >= {6 * HOUR})
           AND count(*) >= 0.8 * (SELECT count(*) FROM odd AS all_ WHERE all_.visitor_id = odd.visitor_id)),
    rest AS (FROM odd ANTI JOIN zones USING (visitor_id, k)),
    skews AS (
        SELECT visitor_id, quantile_disc(d, 0.9) FILTER (abs(d - middle) <= {2 * MINUTE}) AS by_us
        FROM rest JOIN (SELECT visitor_id, quantile_disc(d, 0.5) AS middle, count(*) AS n FROM rest GROUP BY ALL HAVING n >= 10) USING (visitor_id)
        WHERE d BETWEEN middle - {30 * MINUTE} AND middle + {2 * MINUTE} GROUP BY visitor_id
        HAVING count(*) FILTER (abs(d - middle) <= {2 * MINUTE}) >= greatest(10, 0.5 * any_value(n)) AND count(*) >= 0.8 * any_value(n)
           AND max(o) - min(o) >= 0.5 * (max(r) - min(r))
           AND (by_us > 0 OR (by_us <= -{HOUR} AND max(r) - min(r) >= {6 * HOUR})))
    {_found("'wrong_time_zone'", "'repair'", "odd SEMI JOIN zones USING (visitor_id, k)", f"least(o - k * {30 * MINUTE}, r)")}
    UNION ALL
    {_found("'skewed_clock'", "'repair'", f"rest JOIN skews USING (visitor_id) WHERE d > by_us - {30 * MINUTE} AND d <= by_us + {2 * MINUTE} AND (d > 0 OR by_us < 0)", "least(o - by_us, r)")}"""

_SOUND = f"""occurred_at_us <= received_at_us + {MINUTE} AND occurred_at_us >= received_at_us - {90 * DAY}
    AND occurred_at_us >= 788918400000000"""
TIMES = f"""
    WITH bad AS MATERIALIZED (
        SELECT line, occurred_at_us AS o, received_at_us AS r FROM e
        WHERE r > epoch_us(now()) + {DAY} OR o < 788918400000000 OR o < r - {90 * DAY} OR o > r + {MINUTE}),
    stuck AS (
        SELECT visitor_id, occurred_at_us FROM e WHERE received_at_us - occurred_at_us >= {30 * US} AND {_SOUND}
        GROUP BY ALL HAVING count(*) >= 5 AND max(received_at_us) - min(received_at_us) >= {30 * US}),
    frozen AS (
        SELECT visitor_id, occurred_at_us FROM e
        WHERE received_at_us = occurred_at_us AND event_type IN {HAND} AND occurred_at_us % {MINUTE} <> 0
        GROUP BY ALL HAVING count(DISTINCT event_id) >= 20)
    SELECT line, 'not_yet' AS rule, 'quarantine' AS action, NULL::VARCHAR AS new FROM bad WHERE r > epoch_us(now()) + {DAY}
    UNION ALL SELECT line, 'too_old', 'quarantine', NULL FROM bad WHERE o < 788918400000000
    UNION ALL SELECT line, 'too_late', 'quarantine', NULL FROM bad WHERE o >= 788918400000000 AND o < r - {90 * DAY}
    UNION ALL SELECT line, 'from_the_future', 'quarantine', NULL FROM bad WHERE o > r + {HOUR}
    UNION ALL SELECT line, 'received_before_it_occurred', 'repair', r::VARCHAR FROM bad WHERE o > r + {MINUTE} AND o <= r + {HOUR}
    UNION ALL SELECT line, 'stuck_clock', 'repair', received_at_us::VARCHAR FROM e SEMI JOIN stuck USING (visitor_id, occurred_at_us) WHERE {_SOUND}
    UNION ALL SELECT line, 'frozen_time', 'quarantine', NULL FROM e SEMI JOIN frozen USING (visitor_id, occurred_at_us) WHERE event_type IN {HAND}"""

_FACT = "(event_type, visitor_id, product_id, order_id, query_id)"
SAME_ID = f"""
    SELECT line, CASE WHEN fact IS DISTINCT FROM first THEN 'reused_id' ELSE 'same_id' END AS rule,
           CASE WHEN fact IS DISTINCT FROM first THEN 'quarantine' ELSE 'merge' END AS action, NULL::VARCHAR AS new
    FROM (SELECT line, {_FACT} AS fact, first_value({_FACT}) OVER w AS first, row_number() OVER w AS nth
          FROM e SEMI JOIN (SELECT event_id FROM e GROUP BY event_id HAVING count(*) > 1) USING (event_id)
          WINDOW w AS (PARTITION BY event_id ORDER BY received_at_us, line))
    WHERE nth > 1"""
SAME_CONTENT = f"""
    WITH hashed AS MATERIALIZED (SELECT line, occurred_at_us, received_at_us, event_type, hash({CONTENT}) AS h FROM e)
    SELECT line, 'same_content' AS rule, 'merge' AS action, NULL::VARCHAR AS new
    FROM (SELECT line, event_type, occurred_at_us - lag(occurred_at_us) OVER (PARTITION BY h ORDER BY occurred_at_us, received_at_us, line) AS gap
          FROM hashed SEMI JOIN (SELECT h FROM hashed GROUP BY h HAVING count(*) > 1) USING (h))
    WHERE gap <= CASE WHEN event_type = 'add_to_cart' THEN 0 ELSE {US} END"""

ORPHANS = """
    SELECT line, CASE WHEN n.product_id IS NULL THEN 'unknown_product' ELSE 'resolved_product' END AS rule,
           CASE WHEN n.product_id IS NULL THEN 'quarantine' ELSE 'repair' END AS action, n.product_id AS new
    FROM (SELECT line, product_id FROM e WHERE product_id IS NOT NULL AND product_id NOT IN (SELECT product_id FROM p)) AS e
    LEFT JOIN (SELECT title, any_value(product_id) AS product_id FROM p GROUP BY title HAVING count(*) = 1) AS n ON n.title = e.product_id"""

ORDER = f"""
    WITH clicks AS MATERIALIZED (
        SELECT line, visitor_id, coalesce(query_id, session_id) AS page, product_id, occurred_at_us FROM e
        WHERE event_type = 'click' AND page IS NOT NULL),
    seen AS (
        SELECT visitor_id, coalesce(query_id, session_id) AS page, product_id, min(e.occurred_at_us) AS seen_us
        FROM e SEMI JOIN clicks ON clicks.visitor_id = e.visitor_id AND clicks.page = coalesce(query_id, session_id) AND clicks.product_id = e.product_id
        WHERE event_type = 'impression' GROUP BY ALL),
    bought AS MATERIALIZED (SELECT line, visitor_id, product_id, occurred_at_us, quantity FROM e WHERE event_type = 'purchase'),
    viewed AS (
        SELECT visitor_id, product_id, min(e.occurred_at_us) AS seen_us FROM e SEMI JOIN bought USING (visitor_id, product_id)
        WHERE event_type IN ('impression', 'click', 'dwell', 'add_to_cart') GROUP BY ALL),
    unsure AS MATERIALIZED (  -- what has a time of ours proves nothing
        SELECT visitor_id, coalesce(query_id, session_id) AS page, product_id, event_type FROM e
        WHERE event_type IN ('impression', 'click', 'dwell', 'add_to_cart')
          AND line IN (SELECT line FROM found WHERE rule IN ('received_before_it_occurred', 'stuck_clock'))),
    cancels AS (
        SELECT line, visitor_id, product_id, occurred_at_us, sum(coalesce(quantity, 1)) OVER (
               PARTITION BY visitor_id, product_id ORDER BY occurred_at_us, line ROWS UNBOUNDED PRECEDING) AS n_cancelled
        FROM e WHERE event_type = 'cancel'),
    days AS (SELECT occurred_at_us // {DAY} AS day, count(*) AS n FROM e GROUP BY ALL),
    half AS (SELECT max(n) AS n FROM (SELECT n, sum(n) OVER (ORDER BY n DESC, day) AS so_far, sum(n) OVER () AS total FROM days) WHERE 2 * so_far >= total),
    early AS (SELECT (min(day) + 30) * {DAY} AS until_us FROM days WHERE n > (SELECT n / 4 FROM half)),
    sums AS (
        SELECT c.line, any_value(n_cancelled) AS n_cancelled, any_value(c.occurred_at_us) < (SELECT until_us FROM early) AS is_early,
               coalesce(sum(coalesce(quantity, 1)) FILTER (b.occurred_at_us <= c.occurred_at_us + {2 * US}), 0) AS n_bought
        FROM cancels AS c LEFT JOIN bought AS b USING (visitor_id, product_id) GROUP BY c.line)
    SELECT line, 'click_before_impression' AS rule, 'quarantine' AS action, NULL::VARCHAR AS new
    FROM (SELECT * FROM clicks JOIN seen USING (visitor_id, page, product_id) WHERE seen_us > occurred_at_us + {2 * US})
    ANTI JOIN (SELECT * FROM unsure WHERE event_type = 'impression') USING (visitor_id, page, product_id)
    UNION ALL
    SELECT line, 'purchase_before_view', 'quarantine', NULL
    FROM (SELECT * FROM bought LEFT JOIN viewed USING (visitor_id, product_id) WHERE seen_us IS NULL OR seen_us > occurred_at_us + {2 * US})
    ANTI JOIN unsure USING (visitor_id, product_id)
    UNION ALL
    SELECT line, CASE WHEN n_bought > 0 THEN 'cancel_of_more_than_bought' WHEN is_early THEN 'cancel_of_earlier_purchase' ELSE 'cancel_without_purchase' END,
           CASE WHEN n_bought > 0 OR is_early THEN 'note' ELSE 'quarantine' END, NULL FROM sums WHERE n_bought < n_cancelled"""

# a hundred clicks within fifty seconds
FLOODS = f"""
    WITH busy AS MATERIALIZED (
        SELECT line, visitor_id, occurred_at_us AS at_us, row_number() OVER (PARTITION BY visitor_id ORDER BY occurred_at_us, line) AS i
        FROM e SEMI JOIN (SELECT visitor_id, occurred_at_us // {DAY} AS day FROM e WHERE event_type = 'click' GROUP BY ALL HAVING count(*) >= 50)
        USING (visitor_id) WHERE event_type = 'click'),
    dense AS (SELECT a.visitor_id, a.at_us AS from_us, b.at_us AS to_us FROM busy AS a JOIN busy AS b ON b.visitor_id = a.visitor_id AND b.i = a.i + 99
              WHERE b.at_us - a.at_us <= {50 * US})
    SELECT DISTINCT line, 'flood' AS rule, 'quarantine' AS action, NULL::VARCHAR AS new
    FROM e JOIN dense USING (visitor_id) WHERE occurred_at_us BETWEEN from_us AND to_us"""

# an hour of a product with a hundred clicks of visitors who did nothing else
CROWDS = f"""
    WITH busy AS (SELECT product_id, occurred_at_us // {HOUR} AS hour FROM e WHERE event_type = 'click' GROUP BY ALL HAVING count(*) >= 100),
    near AS MATERIALIZED (
        SELECT DISTINCT line, product_id, visitor_id, occurred_at_us // {HOUR} AS hour FROM e JOIN busy USING (product_id)
        WHERE event_type = 'click' AND abs(occurred_at_us // {HOUR} - busy.hour) <= 1),
    lone AS (SELECT visitor_id FROM e SEMI JOIN near USING (visitor_id) GROUP BY visitor_id
             HAVING count(*) <= 3 AND bool_and(event_type IN ('click', 'ad_click'))),
    hours AS (SELECT product_id, hour, count(*) AS n, count(lone.visitor_id) AS n_lone FROM near LEFT JOIN lone USING (visitor_id) GROUP BY ALL),
    crowded AS (SELECT h.product_id, h.hour FROM hours AS h JOIN hours AS c ON c.product_id = h.product_id AND abs(h.hour - c.hour) <= 1
                WHERE h.n_lone >= 0.8 * h.n AND c.n_lone >= 0.8 * c.n AND c.n_lone >= 100)
    SELECT line, 'crowd' AS rule, 'quarantine' AS action, NULL::VARCHAR AS new
    FROM near SEMI JOIN lone USING (visitor_id) SEMI JOIN crowded USING (product_id, hour)"""

ADS = f"""
    WITH ads AS MATERIALIZED (
        SELECT line, event_type = 'ad_click' AS is_click, visitor_id, product_id, occurred_at_us AS at_us,
               occurred_at_us + CASE WHEN is_click THEN {2 * US} ELSE 0 END AS slack FROM e WHERE event_type IN ('ad_click', 'ad_impression')),
    clicks AS MATERIALIZED (
        SELECT line, visitor_id, at_us, max(at_us) FILTER (NOT is_click) OVER w AS shown,
               max(at_us) FILTER (is_click) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before,
               coalesce(at_us - before <= {30 * MINUTE} AND coalesce(shown, 0) <= before + {2 * US}, false) AS is_again, is_click
        FROM ads SEMI JOIN (SELECT visitor_id, product_id FROM ads WHERE is_click) USING (visitor_id, product_id)
        WINDOW w AS (PARTITION BY visitor_id, product_id ORDER BY slack, is_click, line) QUALIFY is_click),
    fraud AS (
        SELECT visitor_id FROM clicks JOIN (SELECT visitor_id, count(*) AS n_shown FROM ads WHERE NOT is_click GROUP BY ALL) USING (visitor_id)
        WHERE shown IS NOT NULL AND NOT is_again GROUP BY visitor_id HAVING count(*) >= 10 AND count(*) >= 0.5 * any_value(n_shown))
    SELECT line, 'ad_click_again' AS rule, 'quarantine' AS action, NULL::VARCHAR AS new FROM clicks WHERE is_again
    UNION ALL SELECT line, 'ad_click_not_shown', 'quarantine', NULL FROM clicks WHERE shown IS NULL AND NOT is_again
    UNION ALL SELECT line, 'ad_click_fraud', 'quarantine', NULL FROM clicks SEMI JOIN fraud USING (visitor_id)"""

# sixty clicks and more at_us even distances, nothing read and nothing seen
BOTS = f"""
    WITH many AS (SELECT visitor_id FROM e GROUP BY visitor_id HAVING count(*) >= 60 AND bool_and(event_type = 'click')),
    gaps AS (SELECT visitor_id, occurred_at_us - lag(occurred_at_us) OVER (PARTITION BY visitor_id ORDER BY occurred_at_us) AS gap
             FROM e SEMI JOIN many USING (visitor_id)),
    even AS (SELECT visitor_id FROM gaps GROUP BY visitor_id
             HAVING quantile_disc(gap, 0.9) - quantile_disc(gap, 0.1) <= 0.6 * quantile_disc(gap, 0.5) AND max(gap) <= {3 * HOUR})
    {_found("'bot'", "'quarantine'", "e SEMI JOIN even USING (visitor_id)")}"""

_SINCE = (
    "occurred_at_us - CASE WHEN event_type = 'dwell' THEN coalesce(dwell_ms, 0) * 1000 ELSE 0 END"
)
SPANS = f"""
    SELECT session_id, visitor_id, min({_SINCE}) AS first_us, max(occurred_at_us) AS last_us,
           coalesce(max(CASE WHEN event_type <> 'dwell' THEN occurred_at_us END), min({_SINCE})) AS acted_us, any_value(device) AS device
    FROM e WHERE session_id IS NOT NULL AND event_type IN {BROWSING} GROUP BY session_id, visitor_id"""
# an id that several visitors have, or one visitor has again hours later
VERDICTS = f"""
    WITH ordered AS (
        SELECT session_id, visitor_id, count(*) OVER (PARTITION BY session_id) AS n_visitors, row_number() OVER w AS nth, first_us, device,
               first_value(device) OVER w AS holder, max(last_us) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_us
        FROM spans SEMI JOIN (SELECT session_id FROM spans GROUP BY session_id HAVING count(*) > 1) USING (session_id)
        WINDOW w AS (PARTITION BY session_id ORDER BY first_us, visitor_id))
    SELECT session_id, visitor_id, bool_or(is_other) AS is_other FROM (
        SELECT session_id, visitor_id, true AS is_other FROM ordered
        WHERE nth > 1 AND (n_visitors >= 5 OR first_us > before_us + {8 * HOUR} OR device <> holder)
        UNION ALL SELECT session_id, visitor_id, false FROM spans WHERE last_us - first_us > {8 * HOUR}) GROUP BY ALL"""
MERGED = f"""
    WITH timed AS (
        SELECT line, session_id, visitor_id, occurred_at_us, is_other, {_SINCE} AS since_us, event_type IN {BROWSING} AS is_browsing,
               max(CASE WHEN event_type IN {BROWSING} THEN occurred_at_us END) OVER (
                   PARTITION BY session_id, visitor_id ORDER BY occurred_at_us, line ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_us
        FROM e JOIN verdicts USING (session_id, visitor_id)),
    pieces AS (
        SELECT *, max(CASE WHEN is_browsing AND since_us - before_us > {8 * HOUR} THEN since_us END) OVER (
                  PARTITION BY session_id, visitor_id ORDER BY occurred_at_us, line ROWS UNBOUNDED PRECEDING) AS cut_us FROM timed)
    SELECT line, 'merged_session' AS rule, 'repair' AS action,
           session_id || '~' || left(md5(session_id || '|' || visitor_id || '|' || coalesce(cut_us::VARCHAR, '')), 8) AS new
    FROM pieces WHERE is_other OR cut_us IS NOT NULL"""
AGAIN = f"""
    WITH moved AS (SELECT DISTINCT visitor_id FROM verdicts)
    FROM spans ANTI JOIN moved USING (visitor_id) UNION ALL ({SPANS.replace("FROM e", "FROM e SEMI JOIN moved USING (visitor_id)")})"""
# sessions of a visitor that follow each other within half an hour
CHAINED = f"""
    WITH followed AS (
        SELECT session_id, visitor_id, first_us, max(last_us) OVER before AS before_us, max(acted_us) OVER before AS acted_us
        FROM spans SEMI JOIN (SELECT visitor_id FROM spans GROUP BY visitor_id HAVING count(*) > 1) USING (visitor_id)
        WINDOW before AS (PARTITION BY visitor_id ORDER BY first_us, session_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
    numbered AS (SELECT *, sum(CASE WHEN first_us <= before_us + {30 * MINUTE} THEN 0 ELSE 1 END) OVER (
                           PARTITION BY visitor_id ORDER BY first_us, session_id ROWS UNBOUNDED PRECEDING) AS chain FROM followed)
    SELECT session_id, visitor_id, chain, row_number() OVER (PARTITION BY visitor_id, chain ORDER BY first_us, session_id) AS nth,
           first_us < acted_us - {2 * US} AS is_over, first_us <= before_us + {5 * MINUTE} AS is_quick, first_us <= before_us + {MINUTE} AS is_noted
    FROM numbered QUALIFY count(*) OVER (PARTITION BY visitor_id, chain) > 1"""
BROKEN = f"""
    WITH torn AS (
        SELECT DISTINCT visitor_id, chain, nth FROM (
            SELECT DISTINCT visitor_id, chain, nth, query_id FROM e JOIN chained USING (visitor_id, session_id)
            WHERE query_id IS NOT NULL AND event_type IN {BROWSING})
        QUALIFY nth > min(nth) OVER (PARTITION BY visitor_id, chain, query_id)),
    linked AS (
        SELECT c.*, torn.nth IS NOT NULL AS is_torn, coalesce(nth > 1 AND (is_over OR is_quick OR is_torn), false) AS is_linked
        FROM chained AS c LEFT JOIN torn USING (visitor_id, chain, nth)),
    visits AS (SELECT *, sum(CASE WHEN is_linked THEN 0 ELSE 1 END) OVER (PARTITION BY visitor_id, chain ORDER BY nth ROWS UNBOUNDED PRECEDING) AS visit FROM linked),
    judged AS (
        SELECT session_id, visitor_id, is_noted, first_value(session_id) OVER (v ORDER BY nth) AS visit_id, row_number() OVER (v ORDER BY nth) AS n,
               bool_or(is_over OR is_torn) OVER v OR count(*) OVER v >= 3 AS is_sure
        FROM visits WINDOW v AS (PARTITION BY visitor_id, chain, visit))
    SELECT line, CASE WHEN is_sure THEN 'broken_session' ELSE 'session_changed' END AS rule, CASE WHEN is_sure THEN 'repair' ELSE 'note' END AS action, visit_id AS new
    FROM e JOIN (FROM judged WHERE n > 1 AND (is_sure OR is_noted)) USING (visitor_id, session_id)
    QUALIFY is_sure OR row_number() OVER (PARTITION BY session_id, visitor_id ORDER BY occurred_at_us, line) = 1"""

# the last word counts; a purchase and its cancel of the same half hour go together
TOLD = f"""
    WITH reviews AS (SELECT line, rating, last(rating) OVER w AS latest, last(line) OVER w AS kept
        FROM e WHERE event_type = 'review' AND rating IS NOT NULL
        WINDOW w AS (PARTITION BY visitor_id, product_id, order_id ORDER BY occurred_at_us ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)),
    cancels AS MATERIALIZED (SELECT line, visitor_id, product_id, order_id, occurred_at_us AS at_us, coalesce(quantity, 1) AS n FROM e WHERE event_type = 'cancel'),
    sold AS MATERIALIZED (SELECT line, visitor_id, product_id, order_id, occurred_at_us AS at_us, coalesce(quantity, 1) AS n
        FROM e SEMI JOIN cancels USING (visitor_id, product_id) WHERE event_type = 'purchase'),
    orders AS (SELECT visitor_id, product_id, order_id, sum(n) AS n_bought, min(at_us) AS from_us, max(at_us) AS until_us FROM sold GROUP BY ALL),
    backs AS (SELECT c.*, n_bought FROM cancels AS c JOIN orders USING (visitor_id, product_id, order_id)
              WHERE c.at_us BETWEEN until_us - {2 * US} AND from_us + {30 * MINUTE}),
    undone AS (SELECT visitor_id, product_id, order_id FROM backs GROUP BY ALL HAVING sum(n) >= any_value(n_bought)),
    surfaces AS (SELECT DISTINCT surface FROM e WHERE event_type = 'impression' AND query_id IS NOT NULL),
    lost AS MATERIALIZED (SELECT line, visitor_id, session_id, product_id, surface, position, occurred_at_us FROM e SEMI JOIN surfaces USING (surface)
        WHERE query_id IS NULL AND product_id IS NOT NULL AND event_type IN {OUTCOMES}),
    fits AS (
        SELECT l.line, count(DISTINCT query_id) AS n, min(query_id) AS new FROM lost AS l LEFT JOIN (
            SELECT visitor_id, product_id, surface, session_id, query_id, e.position, e.occurred_at_us FROM e SEMI JOIN lost USING (visitor_id, product_id, surface)
            WHERE event_type = 'impression' AND query_id IS NOT NULL) AS s
          ON l.visitor_id = s.visitor_id AND l.product_id = s.product_id AND l.surface = s.surface AND s.occurred_at_us <= l.occurred_at_us + {2 * US}
         AND (l.position IS NULL OR s.position IS NULL OR l.position = s.position)
         AND CASE WHEN l.session_id IS NOT NULL AND s.session_id IS NOT NULL THEN l.session_id = s.session_id ELSE s.occurred_at_us >= l.occurred_at_us - {30 * MINUTE} END
        GROUP BY l.line)
    SELECT line, 'contradictory_rating' AS rule, 'merge' AS action, NULL::VARCHAR AS new FROM reviews WHERE line <> kept AND abs(rating - latest) >= 2
    UNION ALL SELECT line, 'undone_purchase', 'quarantine', NULL
    FROM (FROM sold UNION ALL BY NAME SELECT * EXCLUDE n_bought FROM backs) SEMI JOIN undone USING (visitor_id, product_id, order_id)
    UNION ALL SELECT DISTINCT s.line, 'purchase_taken_back', 'note', NULL FROM sold AS s JOIN cancels AS c USING (visitor_id, product_id)
    WHERE s.n = c.n AND c.at_us BETWEEN s.at_us AND s.at_us + {30 * MINUTE} AND (s.order_id IS NULL OR c.order_id IS NULL OR s.order_id <> c.order_id)
    UNION ALL SELECT line, CASE WHEN n = 1 THEN 'recovered_query' ELSE 'missing_query' END, CASE WHEN n = 1 THEN 'repair' ELSE 'note' END, new FROM fits"""

# what said 0 before it was blanked, and the pages that count from there without a gap
ZEROS = "SELECT line, query_id, event_type FROM e SEMI JOIN said_zero USING (line) WHERE position IS NULL AND query_id IS NOT NULL"
COUNTED = f"""
    WITH told AS (SELECT e.line, query_id, product_id, occurred_at_us, CASE WHEN z.line IS NOT NULL THEN 0 ELSE position END AS told
        FROM (FROM e SEMI JOIN (SELECT query_id FROM zeros WHERE event_type = 'impression') USING (query_id) WHERE {SHOWN}) AS e
        LEFT JOIN (SELECT line FROM zeros) AS z USING (line)),
    whole AS (SELECT query_id FROM told GROUP BY query_id
        HAVING count(*) = count(told) AND count(DISTINCT told) = max(told) + 1 AND count(DISTINCT product_id) > 1
           AND max(occurred_at_us) FILTER (told = 0) < min(occurred_at_us) FILTER (told > 0))
    SELECT line, query_id, told FROM told SEMI JOIN whole USING (query_id)"""
PAGES = f"""
    WITH odd AS (
        SELECT query_id FROM e WHERE {SHOWN} GROUP BY query_id HAVING bit_count(bit_or(1::BIGINT << position)) < count(*)
        UNION SELECT query_id FROM e WHERE {SHOWN} GROUP BY query_id, product_id HAVING min(position) < max(position)),
    shown AS (SELECT DISTINCT ON (query_id, product_id, e.position) line, query_id, product_id, e.position FROM e SEMI JOIN odd USING (query_id)
        WHERE {SHOWN} AND e.position IS NOT NULL ORDER BY query_id, product_id, e.position, line),
    twice AS (SELECT line, count(*) OVER (PARTITION BY query_id, position) AS n_here, count(*) OVER (PARTITION BY query_id, product_id) AS n_of FROM shown)
    SELECT line, 'zero_based_page' AS rule, 'repair' AS action, (told + 1)::VARCHAR AS new FROM counted
    UNION ALL SELECT line, 'shared_position', 'note', NULL FROM twice WHERE n_here > 1
    UNION ALL SELECT line, 'product_twice', 'note', NULL FROM twice WHERE n_of > 1"""

_IS_LATE = f"""event_type IN ('click', 'add_to_cart', 'purchase') AND occurred_at_us <= shown_us + {30 * MINUTE} AND received_at_us > heard_us + {30 * MINUTE}
    AND (received_at_us - occurred_at_us) - (heard_us - shown_us) > {5 * MINUTE}"""
POSITIONS = f"""
    WITH said AS MATERIALIZED (
        SELECT e.line, e.event_type, e.query_id, product_id, occurred_at_us, received_at_us, CASE WHEN z.line IS NOT NULL THEN 0 ELSE position END AS told
        FROM e LEFT JOIN zeros AS z USING (line) WHERE e.event_type IN {OUTCOMES} AND e.query_id IS NOT NULL AND product_id IS NOT NULL),
    shown AS (SELECT query_id, product_id, min(e.position) AS low, max(e.position) AS high, min(e.occurred_at_us) AS shown_us, min(e.received_at_us) AS heard_us
        FROM e SEMI JOIN said USING (query_id, product_id) WHERE {SHOWN} GROUP BY ALL),
    judged AS MATERIALIZED (SELECT said.*, CASE WHEN low = high THEN low END AS shown, shown_us, heard_us FROM said JOIN shown USING (query_id, product_id)
        WHERE (low = high AND told <> low) OR ({_IS_LATE})),
    off AS (SELECT line, query_id, told, shown, min(told - shown) OVER page = max(told - shown) OVER page AND min(product_id) OVER page <> max(product_id) OVER page AS is_even,
                   count(*) FILTER (told > 0) OVER page AS n_off FROM judged WHERE told <> shown WINDOW page AS (PARTITION BY query_id)),
    counts AS (SELECT query_id, count(e.position) AS n_told FROM e SEMI JOIN off USING (query_id) WHERE event_type IN {OUTCOMES} AND product_id IS NOT NULL GROUP BY ALL),
    sure AS (SELECT *, (is_even AND n_off = n_told) OR told = 0 OR (told = shown - 1 AND query_id IN (SELECT query_id FROM counted)) AS is_sure FROM off JOIN counts USING (query_id)),
    clicks AS MATERIALIZED (SELECT line, query_id, position, product_id FROM e WHERE event_type = 'click' AND query_id IS NOT NULL AND position IS NOT NULL),
    apart AS (SELECT query_id, position FROM clicks GROUP BY ALL HAVING min(product_id) <> max(product_id))
    SELECT line, 'late_outcome' AS rule, 'note' AS action, NULL::VARCHAR AS new FROM judged WHERE {_IS_LATE}
    UNION ALL SELECT line, CASE WHEN is_sure THEN 'shifted_position' ELSE 'wrong_position' END, CASE WHEN is_sure THEN 'repair' ELSE 'note' END, shown::VARCHAR FROM sure
    UNION ALL SELECT line, 'contradictory_click', 'note', NULL FROM clicks SEMI JOIN apart USING (query_id, position)
    ANTI JOIN (SELECT query_id, product_id FROM e SEMI JOIN apart USING (query_id) WHERE {SHOWN}) USING (query_id, product_id)"""

PRICES = """
    WITH sold AS MATERIALIZED (SELECT product_id, currency, ln(price_minor) AS x, coalesce(quantity, 1) AS n FROM e WHERE event_type = 'purchase' AND price_minor > 0),
    own AS (SELECT product_id, currency, median(x) AS m, mad(x) AS mad, median(n) AS usual FROM sold GROUP BY ALL HAVING count(*) >= 5),
    off AS (SELECT e.line, e.price_minor AS price, ln(e.price_minor) - coalesce(m, ln(nullif(p.price_minor, 0))) AS off, coalesce(mad, 0) AS mad,
               coalesce(e.quantity, 1) >= 10 * coalesce(usual, 1) AS is_bulk
        FROM e LEFT JOIN own USING (product_id, currency) LEFT JOIN p ON p.product_id = e.product_id AND p.currency = e.currency WHERE e.price_minor > 0),
    far AS (SELECT line, price, off, is_bulk, abs(abs(off) - ln(100)) <= ln(2) AS is_unit FROM off WHERE abs(off) > ln(10) AND abs(off) > 6 * greatest(1.4826 * mad, 0.02))
    SELECT line, CASE WHEN is_unit THEN 'price_in_wrong_unit' ELSE 'price_outlier' END AS rule, 'repair' AS action,
           CASE WHEN is_unit THEN CASE WHEN off > 0 THEN round(price / 100.0)::BIGINT ELSE price * 100 END END::VARCHAR AS new FROM far
    WHERE is_unit OR NOT is_bulk OR off NOT BETWEEN -ln(100) AND 0
    UNION ALL SELECT line, 'free_purchase', 'note', NULL FROM e WHERE event_type = 'purchase' AND price_minor = 0"""

TABLES: dict[str, tuple[tuple[str, str], ...]] = {
    SCHEMA: (("said_zero", "SELECT line FROM e WHERE position = 0"),),
    MERGED: (("spans", SPANS), ("verdicts", VERDICTS)),
    BROKEN: (("spans", AGAIN), ("chained", CHAINED)),
    PAGES: (("zeros", ZEROS), ("counted", COUNTED)),
}
STEPS = (
    (SCHEMA, "position price_minor"),
    (CLOCKS, "occurred_at_us"),
    (TIMES, "occurred_at_us"),
    (SAME_ID, ""),
    (SAME_CONTENT, ""),
    (ORPHANS, "product_id"),
    (ORDER, ""),
    (FLOODS, ""),
    (CROWDS, ""),
    (ADS, ""),
    (BOTS, ""),
    (MERGED, "session_id"),
    (BROKEN, "session_id"),
    (TOLD, "query_id"),
    (PAGES, "position"),
    (POSITIONS, "position"),
    (PRICES, "price_minor"),
)


def _holes(db: duckdb.DuckDBPyConnection) -> None:
    """The last row before hours in which next to nothing came: of all, or of one type on one platform."""
    hourly = db.execute(f"""
        SELECT occurred_at_us // {HOUR} AS hour, platform, event_type, count(*) AS n FROM e GROUP BY ALL""").fetchnumpy()
    first, n = hourly["hour"].min(), hourly["n"]
    hour = hourly["hour"] - first
    total = np.bincount(hour, n)
    name = hourly["platform"].astype(str) + "/" + hourly["event_type"].astype(str)
    for slice_ in (None, *np.unique(name)):
        its = name == slice_ if slice_ else np.ones(len(name), bool)
        own, since = np.bincount(hour[its], n[its], len(total)), hour[its].min()
        usual = (
            total * own.sum() / total[since:].sum()
            if slice_
            else np.full(len(total), np.median(total))
        )
        is_low = (own <= 0.1 * usual) & (usual > 0) & (np.arange(len(total)) > since)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], is_low, [0]])))
        for start, end in edges.reshape(-1, 2):
            if usual[start:end].sum() < (30 if slice_ else 3 * np.median(total)) or end == len(
                total
            ):
                continue
            where = f"occurred_at_us // {HOUR} BETWEEN {first + start - 1} AND {first + end}"
            if slice_:
                where += " AND platform = '{}' AND event_type = '{}'".format(*slice_.split("/"))
            db.execute(f"""
                INSERT INTO found SELECT 'events', 99, arg_max(line, gap), '{"hole_in_slice" if slice_ else "hole_in_log"}', 'note', NULL
                FROM (SELECT line, lead(occurred_at_us) OVER (ORDER BY occurred_at_us, line) - occurred_at_us AS gap FROM e WHERE {where})""")
