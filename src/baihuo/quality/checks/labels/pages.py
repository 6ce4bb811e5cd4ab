"""The SELECTs of the step ``labels`` about pages: positions, and outcomes against their impressions."""

from __future__ import annotations

_NONE = "CAST(NULL AS VARCHAR)"
_OUTCOMES = "('click', 'dwell', 'add_to_cart', 'remove_from_cart', 'purchase')"
_IMPORT = "CAST(9223372036854775808 AS HUGEINT)"  # (import_id, line) as one number
_SHOWN = "event_type = 'impression' AND query_id IS NOT NULL AND product_id IS NOT NULL"

PAGES = f"""
    SELECT query_id, surface, min(platform) AS platform, count(position) AS n_told, count(*) FILTER (position < 120) AS n_placed,
           bit_count(bit_or(CASE WHEN position >= 0 AND position < 120 THEN CAST(1 AS HUGEINT) << position END)) AS n_positions,
           list_unique(list(hash(product_id)) FILTER (position IS NOT NULL)) AS n_products,
           min(import_id * {_IMPORT} + line) AS first
    FROM {{rows}} WHERE {_SHOWN} GROUP BY query_id, surface"""
"""A line a page (and surface): what it takes to see that a page needs a closer look. Read once.

The bits of a page's positions are as many as its rows where none is shared; ``hash`` only narrows
down, so nothing depends on how it is made.
"""

ZEROS = """
    SELECT import_id, line, query_id, event_type FROM {zero_rows} WHERE query_id IS NOT NULL AND position IS NULL"""
"""Rows that said 0, which the step ``schema`` has blanked: alone it is nonsense, in a page it is a habit."""

COUNTED = """
    WITH asked AS (SELECT DISTINCT query_id FROM zeros WHERE event_type = 'impression'),
    told AS (
        SELECT import_id, line, query_id, product_id, surface, platform, occurred_at_us,
               CASE WHEN z.line IS NOT NULL THEN 0 ELSE position END AS told
        FROM (SELECT * FROM looked SEMI JOIN asked USING (query_id))
        LEFT JOIN (SELECT import_id, line FROM zeros) AS z USING (import_id, line)),
    pages AS (
        SELECT query_id, min(surface) AS surface, min(platform) AS platform,
               count(*) FILTER (told IS NULL) = 0 AND count(DISTINCT told) = max(told) + 1 AND count(DISTINCT product_id) > 1
               AND max(occurred_at_us) FILTER (told = 0) < min(occurred_at_us) FILTER (told > 0) AS is_whole
        FROM told GROUP BY query_id),
    clients AS (
        SELECT surface, platform, count(*) AS n_pages FROM (
            SELECT query_id, min(surface) AS surface, min(platform) AS platform FROM pages_seen GROUP BY query_id)
        GROUP BY surface, platform),
    habits AS (
        SELECT p.surface, p.platform, count(*) >= {min_share} * any_value(n_pages) AND count(*) >= {min_pages} AS is_habit
        FROM pages AS p JOIN clients AS c
          ON p.surface IS NOT DISTINCT FROM c.surface AND p.platform IS NOT DISTINCT FROM c.platform
        GROUP BY p.surface, p.platform)
    SELECT import_id, line, query_id, told, is_whole
    FROM told JOIN pages USING (query_id) JOIN habits AS h
      ON pages.surface IS NOT DISTINCT FROM h.surface AND pages.platform IS NOT DISTINCT FROM h.platform
    WHERE told IS NOT NULL AND (is_whole OR is_habit)"""
"""Impressions of pages that count from 0: 0, 1, … without a gap and 0 seen first, or so by habit of
most pages of the same client. A single 0 among positions from 1 is neither."""

FROM_ZERO = """
    SELECT import_id, line, 'zero_based_page' AS rule, 'repair' AS action, 'position' AS field,
           CAST(told + 1 AS VARCHAR) AS new,
           CAST(to_json(struct_pack(field := 'position', old := told, new := told + 1,
                "by" := CASE WHEN is_whole THEN 'page' ELSE 'client' END)) AS VARCHAR) AS detail
    FROM counted"""

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

DOUBLED = """
    WITH shown AS (
        SELECT DISTINCT ON (query_id, product_id, r.position) import_id, line, query_id, product_id, r.surface, r.position
        FROM looked AS r SEMI JOIN odd USING (query_id) WHERE r.position IS NOT NULL
        ORDER BY query_id, product_id, r.position, import_id, line),
    marked AS (
        SELECT *, count(*) OVER (PARTITION BY query_id, position) - 1 AS n_here,
               count(*) OVER (PARTITION BY query_id, product_id) - 1 AS n_elsewhere,
               min(product_id) OVER (PARTITION BY query_id, position) AS one, max(product_id) OVER (PARTITION BY query_id, position) AS two,
               min(position) OVER (PARTITION BY query_id, product_id) AS low, max(position) OVER (PARTITION BY query_id, product_id) AS high
        FROM shown),
    layouts AS (
        SELECT marked.surface, any_value(n_pages) AS n_pages, any_value(first) AS first, count(DISTINCT query_id) AS n_odd,
               count(DISTINCT query_id) > {layout_share} * any_value(n_pages) AND any_value(n_pages) >= {min_pages} AS is_layout
        FROM marked JOIN surfaces ON marked.surface IS NOT DISTINCT FROM surfaces.surface
        WHERE n_here > 0 OR n_elsewhere > 0 GROUP BY marked.surface),
    single AS (
        SELECT m.* FROM marked AS m JOIN layouts AS y ON m.surface IS NOT DISTINCT FROM y.surface WHERE NOT is_layout)
    SELECT import_id, line, 'shared_position' AS rule,
           to_json(struct_pack(query_id := query_id, position := position, other := CASE WHEN one = product_id THEN two ELSE one END)) AS detail
    FROM single WHERE n_here > 0
    UNION ALL
    SELECT import_id, line, 'product_twice',
           to_json(struct_pack(query_id := query_id, position := position, other := CASE WHEN low = position THEN high ELSE low END))
    FROM single WHERE n_elsewhere > 0
    UNION ALL
    SELECT first.import_id, first.line, 'shared_position',
           to_json(struct_pack(surface := surface, odd_pages := n_odd, pages := n_pages))
    FROM layouts WHERE is_layout"""
"""Rows of pages with a doubt; where a surface is laid out like that (shelves that each count from 1),
one row for the whole surface."""

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

OUTCOMES = """
    WITH told AS (
        SELECT said.* EXCLUDE (position), CASE WHEN z.line IS NOT NULL THEN 0 ELSE position END AS told
        FROM said LEFT JOIN (SELECT import_id, line FROM zeros) AS z USING (import_id, line))
    SELECT told.*, CASE WHEN low = high THEN low END AS shown, shown_us, heard_us
    FROM told JOIN shown USING (query_id, product_id)
    WHERE (low = high AND told <> low)
       OR (event_type IN ('click', 'add_to_cart', 'purchase') AND occurred_at_us <= shown_us + {window_us}
           AND received_at_us > heard_us + {window_us}
           AND (received_at_us - occurred_at_us) - (heard_us - shown_us) > {late_us})"""
"""Outcomes that say another position than their impression, or came after its window had closed."""

CLIENTS = "SELECT surface, platform, count(position) AS n FROM said GROUP BY surface, platform"

TOLD = """
    SELECT query_id, count(position) AS n_told FROM said
    SEMI JOIN (SELECT query_id FROM outcomes WHERE told <> shown) AS o USING (query_id)
    WHERE product_id IS NOT NULL GROUP BY query_id"""

LATE = f"""
    SELECT import_id, line, 'late_outcome' AS rule, 'note' AS action, {_NONE} AS field, {_NONE} AS new,
           CAST(to_json(struct_pack(minutes_late := round((received_at_us - heard_us - {{window_us}}) / 60000000.0, 1),
                minutes_after_impression := round((occurred_at_us - shown_us) / 60000000.0, 1))) AS VARCHAR) AS detail
    FROM outcomes
    WHERE event_type IN ('click', 'add_to_cart', 'purchase') AND occurred_at_us <= shown_us + {{window_us}}
      AND received_at_us > heard_us + {{window_us}}
      AND (received_at_us - occurred_at_us) - (heard_us - shown_us) > {{late_us}}"""

SHIFTED = """
    WITH off AS (SELECT *, told - shown AS shift FROM outcomes WHERE told <> shown),
    marked AS (
        SELECT *, min(shift) OVER page = max(shift) OVER page AS is_even, min(product_id) OVER page <> max(product_id) OVER page AS has_two,
               count(*) FILTER (told > 0) OVER page AS n_off, count(*) OVER (PARTITION BY surface, platform, shift) AS n_same
        FROM off WINDOW page AS (PARTITION BY query_id)),
    judged AS (
        SELECT m.*, (is_even AND has_two AND n_off = n_told) OR told = 0 OR (shift = -1 AND {is_from_zero})
                    OR (n_same >= {min_share} * n AND n_same >= {min_pages}) AS is_sure
        FROM marked AS m JOIN told_by_page USING (query_id) JOIN clients AS c
          ON m.surface IS NOT DISTINCT FROM c.surface AND m.platform IS NOT DISTINCT FROM c.platform)
    SELECT import_id, line, CASE WHEN is_sure THEN 'shifted_position' ELSE 'wrong_position' END AS rule,
           CASE WHEN is_sure THEN 'repair' ELSE 'note' END AS action,
           CASE WHEN is_sure THEN 'position' END AS field, CASE WHEN is_sure THEN CAST(shown AS VARCHAR) END AS new,
           CAST(CASE WHEN is_sure THEN to_json(struct_pack(field := 'position', old := told, new := shown))
                ELSE to_json(struct_pack(told := told, shown := shown)) END AS VARCHAR) AS detail
    FROM judged"""
"""Off by one shift in all outcomes of a page (two products or more), by what pages from 0 are, or by a
habit of the client; or at 0, which is no place: the page tells which was meant. Else a note."""

CLICKS_APART = f"""
    WITH clicks AS (
        SELECT import_id, line, query_id, position, product_id FROM said
        WHERE event_type = 'click' AND position IS NOT NULL AND product_id IS NOT NULL),
    apart AS (
        SELECT query_id, position, min(product_id) AS one, max(product_id) AS two FROM clicks
        GROUP BY query_id, position HAVING min(product_id) <> max(product_id))
    SELECT import_id, line, 'contradictory_click' AS rule, 'note' AS action, {_NONE} AS field, {_NONE} AS new,
           CAST(to_json(struct_pack(query_id := query_id, position := position,
                other := CASE WHEN one = product_id THEN two ELSE one END)) AS VARCHAR) AS detail
    FROM clicks JOIN apart USING (query_id, position) ANTI JOIN shown USING (query_id, product_id)"""
