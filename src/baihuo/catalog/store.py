"""The catalogue: one row for each product, one version number for each change."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import pyarrow.parquet as pq

from baihuo.catalog.rows import body_to_product, fingerprint, hash_of_body, product_to_body
from baihuo.core import (
    PRODUCTS,
    BadInput,
    NotFound,
    Product,
    open_sqlite,
    products_to_table,
    readable_rows,
    table_to_products,
    transaction,
)
from baihuo.engine import Tables, written_whole

# Exchange between the catalogue and Parquet tables.


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


Kind = Literal["product", "offer", "removed"]
_BATCH = 500  # ids in one SELECT … IN


@dataclass(frozen=True, slots=True)
class Upserted:
    """Counts of one call."""

    n_new: int
    n_changed: int
    n_same: int


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a product: of all fields, of price or stock only, or its removal."""

    version: int
    product_id: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Offer:
    """Current price and stock of a product."""

    price_minor: int | None
    stock_units: int | None


@dataclass(frozen=True, slots=True)
class StoredProduct:
    """A product as it is stored, which takes a tenth of the time of parsing it."""

    product_id: str
    offer: Offer
    body: bytes
    path: Path

    @property
    def content_hash(self) -> bytes:
        """Return :func:`baihuo.catalog.content_hash`; a damaged row, which :meth:`product` refuses, matches no product."""
        return hash_of_body(self.body) if isinstance(self.body, bytes) else b""

    def product(self) -> Product:
        """The product.

        Raises:
            BrokenFile: the row is damaged.
        """
        with readable_rows(self.path):
            return body_to_product(self.body, self.offer.price_minor, self.offer.stock_units)


class Keep(Enum):
    """The one value of :data:`KEEP`."""

    KEEP = "keep"


KEEP = Keep.KEEP
"""Keep the current value. None is a value: not for sale, stock not tracked."""


class Catalog:
    """Products by id, and a change log that other processes follow.

    The change log keeps the newest change of each kind for a product, so it never outgrows the
    catalogue, and a follower that was down sees each product once. Changes are on disk when a call
    returns. Safe to use from any thread; several processes may write.
    """

    def __init__(self, path: Path, *, reserve_bytes: int = 0) -> None:
        """
        Args:
            reserve_bytes: Free disk space below which nothing is written.
        """
        self.path, self._reserve_bytes = path, reserve_bytes
        self._writer, self._writing = connect(path), threading.Lock()
        self._reader, self._reading = connect(path), threading.Lock()

    def upsert(self, products: Iterable[Product], *, is_import: bool = False) -> Upserted:
        """Insert or replace products by id, including price and stock.

        With ``is_import``, a product that is the same as in the last import is not touched, so that
        importing a file twice does not undo later changes.

        Raises:
            BadInput: a product cannot be stored; nothing of this call was written.
        """
        n = {"new": 0, "changed": 0, "same": 0}
        with self._write() as connection:
            for product in products:
                n[_upsert(connection, product, is_import=is_import)] += 1
        return Upserted(n["new"], n["changed"], n["same"])

    def set_offer(
        self,
        product_id: str,
        *,
        price_minor: int | Keep | None = KEEP,
        stock_units: int | Keep | None = KEEP,
    ) -> Offer:
        """Change price or stock, and return the current values of both.

        Raises:
            NotFound: no such product.
            BadInput: a negative price or stock.
        """
        with self._write() as connection:
            before = _offers(connection, [product_id]).get(product_id)
            if before is None:
                raise _unknown(product_id)
            after = Offer(
                before.price_minor if isinstance(price_minor, Keep) else price_minor,
                before.stock_units if isinstance(stock_units, Keep) else stock_units,
            )
            _check_offer(product_id, after.price_minor, after.stock_units)
            if after != before:
                connection.execute(
                    "UPDATE products SET price_minor = ?, stock_units = ? WHERE product_id = ?",
                    (after.price_minor, after.stock_units, product_id),
                )
                _note(connection, product_id, "offer")
        return after

    def remove(self, product_ids: Iterable[str]) -> int:
        """Remove products; returns how many existed."""
        n_removed = 0
        with self._write() as connection:
            for product_id in product_ids:
                n_deleted = connection.execute(
                    "DELETE FROM products WHERE product_id = ?", (product_id,)
                ).rowcount
                if n_deleted:
                    connection.execute("DELETE FROM changes WHERE product_id = ?", (product_id,))
                    _note(connection, product_id, "removed")
                n_removed += n_deleted
        return n_removed

    def get(self, product_id: str) -> Product:
        """The current state of one product.

        Raises:
            NotFound: no such product.
        """
        found = self.get_many([product_id])
        if not found:
            raise _unknown(product_id)
        return found[product_id]

    def get_many(self, product_ids: Sequence[str]) -> dict[str, Product]:
        """The products that exist, by id."""
        return {
            row[0]: body_to_product(*row[1:])
            for row in self._rows("product_id, body, price_minor, stock_units", product_ids)
        }

    def offers(self, product_ids: Sequence[str]) -> dict[str, Offer]:
        """Price and stock of the products that exist; a page checks them just before it is returned."""
        return {
            row[0]: Offer(*row[1:])
            for row in self._rows("product_id, price_minor, stock_units", product_ids)
        }

    def changes(self, after_version: int, limit: int = 10_000) -> list[Change]:
        """Changes with a number above ``after_version``, oldest first."""
        with self._reading:
            rows = self._reader.execute(
                "SELECT version, product_id, kind FROM changes WHERE version > ? ORDER BY version LIMIT ?",
                (after_version, limit),
            ).fetchall()
        return [Change(*row) for row in rows]

    def version(self) -> int:
        """The number of the newest change; 0 in an empty catalogue."""
        with self._reading:
            row = self._reader.execute("SELECT coalesce(max(version), 0) FROM changes").fetchone()
        return int(row[0])

    def stamp(self) -> int:
        """A number that changes with every write by any process; cheaper than reading the change log."""
        with self._reading:
            return int(self._reader.execute("PRAGMA data_version").fetchone()[0])

    def products(self) -> Iterator[Product]:
        """All products ordered by id, from one consistent snapshot."""
        return (stored.product() for stored in self.stored())

    def stored(self) -> Iterator[StoredProduct]:
        """Yield all products, unparsed."""
        connection = connect(self.path)
        try:
            for product_id, body, *offer in connection.execute(
                "SELECT product_id, body, price_minor, stock_units FROM products ORDER BY product_id"
            ):
                yield StoredProduct(product_id, Offer(*offer), body, self.path)
        finally:
            connection.close()

    def to_parquet(self, out: Path) -> int:
        """All products as one file of :data:`baihuo.core.tables.PRODUCTS`; returns how many."""
        n_rows, products = 0, self.products()
        with written_whole(out) as part, pq.ParquetWriter(part, PRODUCTS, compression="zstd") as w:
            while batch := list(islice(products, 5_000)):
                w.write_table(products_to_table(batch))
                n_rows += len(batch)
        return n_rows

    def close(self) -> None:
        """Close the file."""
        with self._writing, self._reading:
            self._writer.close()
            self._reader.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        room = {"reserve_bytes": self._reserve_bytes}
        with self._writing, transaction(self._writer, self.path, **room) as connection:
            yield connection

    def _rows(self, columns: str, product_ids: Sequence[str]) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(product_ids), _BATCH):
            ids = product_ids[start : start + _BATCH]
            marks = ",".join("?" * len(ids))
            with self._reading:
                found += self._reader.execute(
                    f"SELECT {columns} FROM products WHERE product_id IN ({marks})", list(ids)
                ).fetchall()
        return found


def _upsert(
    connection: sqlite3.Connection, product: Product, *, is_import: bool
) -> Literal["new", "changed", "same"]:
    body, imported = product_to_body(product), fingerprint(product) if is_import else None
    _check_offer(product.product_id, product.price_minor, product.stock_units)
    row = connection.execute(
        "SELECT body, price_minor, stock_units, imported FROM products WHERE product_id = ?",
        (product.product_id,),
    ).fetchone()
    if row is not None and is_import and row[3] == imported:
        return "same"
    before = None if row is None else body_to_product(*row[:3])
    is_same = before is not None and fingerprint(before) == fingerprint(product)
    if is_same and not is_import:
        return "same"
    connection.execute(
        "INSERT INTO products (product_id, body, price_minor, stock_units, imported)"
        " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (product_id) DO UPDATE"
        " SET body = ?2, price_minor = ?3, stock_units = ?4, imported = coalesce(?5, imported)",
        (product.product_id, body, product.price_minor, product.stock_units, imported),
    )
    if is_same:
        return "same"
    is_offer = before is not None and fingerprint(_bare(before)) == fingerprint(_bare(product))
    if before is None:
        connection.execute("DELETE FROM changes WHERE product_id = ?", (product.product_id,))
    _note(connection, product.product_id, "offer" if is_offer else "product")
    return "new" if before is None else "changed"


def _bare(product: Product) -> Product:
    return replace(product, price_minor=None, stock_units=None)


def _offers(connection: sqlite3.Connection, product_ids: list[str]) -> dict[str, Offer]:
    found = {}
    for product_id in product_ids:
        row = connection.execute(
            "SELECT price_minor, stock_units FROM products WHERE product_id = ?", (product_id,)
        ).fetchone()
        if row is not None:
            found[product_id] = Offer(*row)
    return found


def _note(connection: sqlite3.Connection, product_id: str, kind: Kind) -> None:
    """Replace the older change of this kind; the new one gets the next version number."""
    connection.execute(
        "INSERT OR REPLACE INTO changes (product_id, kind) VALUES (?, ?)", (product_id, kind)
    )


def _check_offer(product_id: str, price_minor: int | None, stock_units: int | None) -> None:
    for name, value in (("price_minor", price_minor), ("stock_units", stock_units)):
        if value is not None and not 0 <= value < 2**63:
            raise BadInput(
                f"{name} of product {product_id!r} is {value}",
                fix=f"{name} is a whole number from 0 to 2^63 - 1, or null",
            )


def _unknown(product_id: str) -> NotFound:
    return NotFound(
        f"there is no product {product_id!r}", fix="POST it to /v1/products, or import its file"
    )


# The tables of the catalogue's SQLite file.


# ``body`` is the last column: SQLite reads through all pages of a long value to reach the columns after it.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS products (
    product_id TEXT PRIMARY KEY, price_minor INTEGER, stock_units INTEGER, imported BLOB,
    body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS changes (
    version INTEGER PRIMARY KEY AUTOINCREMENT, product_id TEXT NOT NULL, kind TEXT NOT NULL,
    UNIQUE (product_id, kind)
);
"""


def connect(path: Path) -> sqlite3.Connection:
    """A connection that fsyncs every commit.

    Raises:
        Conflict: a newer version of this software wrote the file.
    """
    return open_sqlite(path, _SCHEMA, version=1, durability="FULL")
