"""The SELECTs of the step ``labels`` about pages: positions, and outcomes against their impressions."""

from __future__ import annotations

from baihuo.engine.sql_files import sql_file

_NONE = "CAST(NULL AS VARCHAR)"
_OUTCOMES = "('click', 'dwell', 'add_to_cart', 'remove_from_cart', 'purchase')"
_IMPORT = "CAST(9223372036854775808 AS HUGEINT)"  # (import_id, line) as one number
_SHOWN = "event_type = 'impression' AND query_id IS NOT NULL AND product_id IS NOT NULL"

PAGES = sql_file(__file__, "pages").bind(import_sql=_IMPORT, shown=_SHOWN)


ZEROS = """
    SELECT import_id, line, query_id, event_type FROM {zero_rows} WHERE query_id IS NOT NULL AND position IS NULL"""
"""Rows that said 0, which the step ``schema`` has blanked: alone it is nonsense, in a page it is a habit."""

COUNTED = sql_file(__file__, "counted")


FROM_ZERO = sql_file(__file__, "from_zero")

ODD = """
    SELECT query_id FROM pages_seen GROUP BY query_id
    HAVING count(*) > 1 OR bool_or(n_positions < n_placed) OR bool_or(n_products < n_told)"""
"""Pages that may have two rows at one position, or one product at two; ``DOUBLED`` looks closely."""

LOOKED = f"""
    SELECT import_id, line, query_id, product_id, surface, platform, position, occurred_at_us FROM {{rows}} AS r SEMI JOIN (
        SELECT query_id FROM zeros WHERE event_type = 'impression' UNION ALL SELECT query_id FROM odd) AS asked USING (query_id)
    WHERE {_SHOWN}"""
"""The impressions of all pages that are looked at closely."""

SURFACES = f"""
    SELECT surface, count(*) AS n_pages, min(first) AS key,
           struct_pack(import_id := CAST(key // {_IMPORT} AS INTEGER), line := CAST(key % {_IMPORT} AS BIGINT)) AS first
    FROM pages_seen GROUP BY surface"""

DOUBLED = sql_file(__file__, "doubled")


TWICE = f"""
    SELECT import_id, line, rule, 'note' AS action, {_NONE} AS field, {_NONE} AS new, CAST(detail AS VARCHAR) AS detail
    FROM doubled"""

SAID = f"""
    SELECT import_id, line, event_type, query_id, product_id, surface, platform, position, occurred_at_us, received_at_us
    FROM {{rows}} WHERE event_type IN {_OUTCOMES} AND query_id IS NOT NULL"""
"""Outcomes of pages."""

SHOWN = f"""
    SELECT query_id, product_id, min(r.position) AS low, max(r.position) AS high,
           min(r.occurred_at_us) AS shown_us, min(r.received_at_us) AS heard_us
    FROM {{rows}} AS r SEMI JOIN said USING (query_id, product_id) WHERE {_SHOWN} GROUP BY query_id, product_id"""
"""What the pages told of the products that outcomes are about."""

OUTCOMES = sql_file(__file__, "outcomes")


CLIENTS = "SELECT surface, platform, count(position) AS n FROM said GROUP BY surface, platform"

TOLD = """
    SELECT query_id, count(position) AS n_told FROM said
    SEMI JOIN (SELECT query_id FROM outcomes WHERE told <> shown) AS o USING (query_id)
    WHERE product_id IS NOT NULL GROUP BY query_id"""

LATE = sql_file(__file__, "late").bind(none=_NONE)

SHIFTED = sql_file(__file__, "shifted")


CLICKS_APART = sql_file(__file__, "clicks_apart").bind(none=_NONE)
