"""Exchange between the catalogue and Parquet tables."""

from __future__ import annotations

from pathlib import Path

from baihuo.catalog.store import Catalog
from baihuo.core import table_to_products
from baihuo.engine import Tables


def fill(path: Path, tables: Tables, products: Path) -> None:
    """Upsert clean products, without undoing prices and stock changed since their import."""
    catalog = Catalog(path)
    try:
        rows = tables.sql("SELECT * FROM products", products=products)
        catalog.upsert(table_to_products(rows), is_import=True)
    finally:
        catalog.close()


def write_others(path: Path, tables: Tables, imported: list[Path], out: Path) -> Path | None:
    """Write the products that no imported file has (they came by the API) to ``out``.

    Returns None where there is no catalogue yet.
    """
    if not path.exists():
        return None
    catalog = Catalog(path)
    now = out.with_name("catalog.parquet")
    try:
        catalog.to_parquet(now)
    finally:
        catalog.close()
    known = "WHERE product_id NOT IN (SELECT product_id FROM imported)" if imported else ""
    inputs = {"imported": imported} if imported else {}
    tables.sql(f"SELECT * FROM now {known} ORDER BY product_id", out=out, now=now, **inputs)
    now.unlink()
    return out
