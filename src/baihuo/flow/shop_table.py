"""A shop's impressions with their features as one table, for a model of any table."""

from __future__ import annotations

from pathlib import Path

from baihuo.core import NotFound
from baihuo.flow.resources import engine
from baihuo.settings import Shop

_TABLE = """
SELECT e.is_clicked, e.query_id, e.visitor_id, e.product_id, e.surface, e.device, e.query_text, m.* EXCLUDE (example_id)
FROM examples e JOIN matrix m USING (example_id) ORDER BY e.at_us, e.query_id, e.position
"""  # neither outcomes beside the label, nor the position: it is not known when serving


def shop_table(shop: Shop, out: Path) -> Path:
    """Write ``out`` (Parquet), oldest page first: the label ``is_clicked``, the group ``query_id``, ids, and every feature.

    What is there and newer than the shop's examples is kept as it is.

    Raises:
        NotFound: the shop has not trained yet.
    """
    files = {name: shop.features / f"{name}.parquet" for name in ("examples", "matrix")}
    if not all(file.exists() for file in files.values()):
        raise NotFound(
            f"{shop.root} is a folder without the examples of a shop",
            fix="name a CSV or Parquet file, or a shop's folder after baihuo train",
        )
    made_at = max(file.stat().st_mtime_ns for file in files.values())
    if not out.exists() or out.stat().st_mtime_ns < made_at:
        out.parent.mkdir(parents=True, exist_ok=True)
        engine(shop).sql(_TABLE, out=out, examples=files["examples"], matrix=files["matrix"])
    return out
