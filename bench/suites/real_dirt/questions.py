"""Shares of the findings that say more than single rows can."""

from __future__ import annotations

_OF = """FROM findings JOIN raw ON row_id = raw.import_id || ':' || raw.line WHERE "check" ="""

QUESTIONS = {
    "online_retail": {
        "lines of one piece, of all": "SELECT avg(CAST(quantity = 1 AS INTEGER)) FROM raw",
        "lines of one piece, of those merged as same_content": f"SELECT avg(CAST(quantity = 1 AS INTEGER)) {_OF} 'same_content'",
        "same_content: two lines of one invoice, product and price with the same quantity": """SELECT avg(CAST(a.quantity = b.quantity AS INTEGER)) FROM raw AS a JOIN raw AS b
               USING (order_id, product_id, price_minor) WHERE a.line < b.line AND a.event_type = 'purchase'""",
        "cancel_of_earlier_purchase, of cancellations in the log's first month": f"""SELECT (SELECT count(*) {_OF} 'cancel_of_earlier_purchase' AND received_at_us < epoch_us(TIMESTAMP '2010-01-01'))
                / count(*) FROM raw WHERE event_type = 'cancel' AND received_at_us < epoch_us(TIMESTAMP '2010-01-01')""",
        "cancel_without_purchase, of those in its last three months": f"""SELECT (SELECT count(*) {_OF} 'cancel_without_purchase' AND received_at_us >= epoch_us(TIMESTAMP '2010-08-01'))
                / count(*) FROM raw WHERE event_type = 'cancel' AND received_at_us >= epoch_us(TIMESTAMP '2010-08-01')""",
    },
    "icecat": {
        "markup: findings at products of Intel": f"SELECT avg(CAST(brand = 'Intel' AS INTEGER)) {_OF} 'markup'",
        "unit_slip: findings in Internal memory": f"SELECT avg(CAST(json_extract_string(detail, '$.attribute') = 'Internal memory' AS INTEGER)) {_OF} 'unit_slip'",
        "shared_picture: findings at Philips and Xerox": f"SELECT avg(CAST(brand IN ('Philips', 'Xerox') AS INTEGER)) {_OF} 'shared_picture'",
    },
}
"""Data set → question → the share, in SQL over ``findings`` and ``raw``."""
