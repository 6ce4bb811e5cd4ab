"""Checks of the prices of events."""

from __future__ import annotations

PRICES = """
    WITH sold AS MATERIALIZED (SELECT product_id, currency, ln(price_minor) AS x, coalesce(quantity, 1) AS n FROM e WHERE event_type = 'purchase' AND price_minor > 0),
    own AS (SELECT product_id, currency, median(x) AS m, mad(x) AS mad, median(n) AS usual FROM sold GROUP BY ALL HAVING count(*) >= 5),
    off AS (SELECT e.line, e.price_minor AS price, ln(e.price_minor) - coalesce(m, ln(nullif(p.price_minor, 0))) AS off, coalesce(mad, 0) AS mad,
               coalesce(e.quantity, 1) >= 10 * coalesce(usual, 1) AS is_bulk
        FROM e LEFT JOIN own USING (product_id, currency) LEFT JOIN p ON p.product_id = e.product_id AND p.currency = e.currency WHERE e.price_minor > 0),
    far AS (SELECT line, price, off, is_bulk, abs(abs(off) - ln(100)) <= ln(2) AS is_unit FROM off WHERE abs(off) > ln(10) AND abs(off) > 6 * greatest(1.4826 * mad, 0.02))
    SELECT line, CASE WHEN is_unit THEN 'price_in_wrong_unit' ELSE 'price_outlier' END AS rule, 'repair' AS action,
           CASE WHEN is_unit THEN CASE WHEN off > 0 THEN round(price / 100.0)::BIGINT ELSE price * 100 END END::VARCHAR AS new FROM far
    WHERE is_unit OR NOT is_bulk OR off NOT BETWEEN -ln(100) AND 0"""
