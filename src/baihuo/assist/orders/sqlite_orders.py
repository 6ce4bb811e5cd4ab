"""Orders in one SQLite file that only its owner may read."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import orjson

from baihuo.access import private_file
from baihuo.assist.orders.effects import applied
from baihuo.assist.orders.interface import Check, Written
from baihuo.assist.orders.records import OfferedProduct, OfferedVariant, Order, Record, Shopper
from baihuo.assist.orders.situations import situation_of
from baihuo.assist.orders.writes import Write, order_id_of
from baihuo.core import Conflict, NotFound, fold, open_sqlite, transaction
from baihuo.engine import sql_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Records to write together."""

    shoppers: Sequence[Shopper] = ()
    orders: Sequence[Order] = ()
    products: Sequence[OfferedProduct] = ()
    visitors: Sequence[tuple[str, str]] = ()  # visitor ids, and whose they are


_SCHEMA = sql_file(__file__, "orders")
_UNNAMED = (
    "UPDATE orders SET record = json_set(record, '$.visitor_id', '') WHERE json_extract(record, '$.visitor_id') = ?",
    *(
        f"UPDATE writes SET {state} = json_set({state}, '$.order.visitor_id', '') WHERE json_extract({state}, '$.order.visitor_id') = ?"
        for state in ("before", "after")
    ),
)  # of the orders that stay, whose browser placed them
_R = TypeVar("_R", bound=Record)


def _key(text: str) -> str:
    """As names and addresses are compared: without case, width and spaces."""
    return "".join(fold(text).casefold().split())


def _name_key(first_name: str, last_name: str) -> str:
    return f"{_key(first_name)}|{_key(last_name)}"


class Offers(Protocol):
    """Products as they are sold now."""

    def product(self, product_id: str) -> OfferedProduct | None:
        """A product with its variants."""


class SqliteOrders:
    """Keeps orders in a file; several threads and processes may use it. An :class:`~baihuo.assist.orders.Orders`."""

    def __init__(self, path: Path, *, offers: Offers | None = None) -> None:
        """
        Args:
            offers: Products as they are sold now; what it does not have is looked up among those that came with orders.
        """
        self._path, self._offers = path, offers
        private_file(path)
        self._db = open_sqlite(path, _SCHEMA(), version=1, durability="FULL")
        self._lock = threading.RLock()

    # Reading

    def shopper(self, shopper_id: str) -> Shopper | None:
        """The shopper of this id."""
        return self._one(Shopper, "SELECT record FROM shoppers WHERE shopper_id = ?", (shopper_id,))

    def shopper_by_email(self, email: str) -> Shopper | None:
        """The one shopper of this address, in any case; None where there is none, or more than one."""
        if not _key(email):
            return None
        return self._one(Shopper, "SELECT record FROM shoppers WHERE email_key = ?", (_key(email),))

    def shopper_by_name_and_zip(
        self, first_name: str, last_name: str, postal_code: str
    ) -> Shopper | None:
        """The one shopper of this name, in any case, and postal code; None where there is none, or more than one."""
        name, postal = _name_key(first_name, last_name), _key(postal_code)
        if name.startswith("|") or name.endswith("|") or not postal:
            return None
        sql = "SELECT record FROM shoppers WHERE name_key = ? AND postal_key = ?"
        return self._one(Shopper, sql, (name, postal))

    def shopper_of_visitor(self, visitor_id: str) -> Shopper | None:
        """Who bought with this visitor id."""
        sql = "SELECT record FROM visitors JOIN shoppers USING (shopper_id) WHERE visitor_id = ?"
        return self._one(Shopper, sql, (visitor_id,))

    def order(self, order_id: str) -> Order | None:
        """The order of this id, whoever owns it."""
        return self._one(Order, "SELECT record FROM orders WHERE order_id = ?", (order_id,))

    def orders_of(self, shopper_id: str) -> tuple[Order, ...]:
        """All orders of a shopper, the newest first; without dates as they were imported."""
        sql = "SELECT record FROM orders WHERE shopper_id = ? ORDER BY ordered_at_us DESC, rowid"
        return tuple(Order.model_validate_json(r[0]) for r in self._rows(sql, (shopper_id,)))

    def product(self, product_id: str) -> OfferedProduct | None:
        """A product with its variants as they are sold now."""
        now = self._offers.product(product_id) if self._offers else None
        sql = "SELECT record FROM products WHERE product_id = ?"
        return now or self._one(OfferedProduct, sql, (product_id,))

    def variant(self, variant_id: str) -> OfferedVariant | None:
        """A variant as it is sold now."""
        found = self._rows("SELECT product_id FROM variants WHERE variant_id = ?", (variant_id,))
        product = self.product(found[0][0] if found else variant_id)
        variants = product.variants if product else ()
        return next((v for v in variants if v.variant_id == variant_id), None)

    def count(self) -> dict[str, int]:
        """How many shoppers, orders, products and writes there are."""
        return {
            table: int(self._rows(f"SELECT count(*) FROM {table}", ())[0][0])
            for table in ("shoppers", "orders", "products", "writes")
        }

    def ids_of_other_sources(self, order_ids: Sequence[str], source: str) -> set[str]:
        """Those of the ids that are orders which came otherwise."""
        sql = "SELECT order_id FROM orders JOIN json_each(?) ON value = order_id WHERE source <> ?"
        return {r[0] for r in self._rows(sql, (orjson.dumps(list(order_ids)).decode(), source))}

    def shoppers_of_visitors(self, visitor_ids: Sequence[str]) -> dict[str, str]:
        """Whose the visitor ids are, as far as that is known."""
        sql = "SELECT visitor_id, shopper_id FROM visitors JOIN json_each(?) ON value = visitor_id"
        ids = orjson.dumps(list(visitor_ids)).decode()
        return {row[0]: row[1] for row in self._rows(sql, (ids,))}

    # Writing

    def write(
        self, write: Write, *, shopper_id: str, key: str, at_us: int, check: Check
    ) -> Written:
        """Do a write once, see :meth:`baihuo.assist.orders.Orders.write`."""
        arguments = orjson.dumps(
            write.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS
        ).decode()
        with self._lock, transaction(self._db, self._path):
            done = self._rows(
                "SELECT shopper_id, tool, arguments, after FROM writes WHERE key = ?", (key,)
            )
            if done:
                return _repeated(done[0], (shopper_id, write.tool, arguments))
            situation = situation_of(self, write, shopper_id)
            check(situation)
            order, shopper = applied(write, situation, at_us=at_us)
            if order is not None:
                self._put_order(order)
            self._put_shopper(shopper)
            before = _states(situation.order, situation.shopper)
            self._db.execute(
                "INSERT INTO writes (key, shopper_id, order_id, tool, arguments, at_us, before, after) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(key, shopper_id, order_id_of(write), write.tool, arguments, at_us),
                    *(before, _states(order, shopper)),
                ),
            )
        return Written(order=order, shopper=shopper)

    def add(self, batch: Batch, *, source: str = "import", replace: bool = False) -> int:
        """Write records, all or none.

        Products are replaced. So are orders and shoppers that were not changed here; one that was stays as it is, as a file may be
        older than the change.

        Args:
            source: Where orders come from.
            replace: Replace those that were changed here, too.

        Returns:
            How many orders and shoppers stayed as they are because they were changed here.

        Raises:
            Conflict: an order would go to another shopper; nothing was written.
        """
        n_kept = 0
        with self._lock, transaction(self._db, self._path):
            for shopper in batch.shoppers:
                here = self.shopper(shopper.shopper_id)
                if here is not None and here.version and not replace:
                    n_kept += 1
                    continue
                self._put_shopper(shopper.model_copy(update={"version": _next(here, shopper)}))
            for order in batch.orders:
                before = self.order(order.order_id)
                if before is not None and before.shopper_id != order.shopper_id:
                    raise _other_owner(order)
                if before is not None and before.version and not replace:
                    n_kept += 1
                    continue
                version = {"version": _next(before, order)}
                self._put_order(order.model_copy(update=version), source=source)
            for product in batch.products:
                self._put_product(product)
            self._db.executemany(
                "INSERT OR REPLACE INTO visitors (visitor_id, shopper_id) VALUES (?, ?)",
                batch.visitors,
            )
        return n_kept

    def forget(self, shopper_id: str) -> int:
        """Remove a shopper with their orders, visitor ids and what was written for them; returns how many orders."""
        with self._lock, transaction(self._db, self._path):
            orders = self._db.execute("DELETE FROM orders WHERE shopper_id = ?", (shopper_id,))
            n_orders = orders.rowcount
            for table in ("visitors", "writes", "shoppers"):
                self._db.execute(f"DELETE FROM {table} WHERE shopper_id = ?", (shopper_id,))
        self._rewrite()
        return n_orders

    def forget_visitors(self, visitor_ids: Iterable[str]) -> dict[str, int]:
        """Remove what the log's events made of visitors: their orders, and that a visitor id is theirs.

        Orders that came from the shop's books stay: by them a shop answers for what it sold. :meth:`forget` removes those.

        Returns:
            How many orders of each visitor went; visitors without any are left out.
        """
        found: dict[str, int] = {}
        with self._lock, transaction(self._db, self._path):
            for visitor_id in visitor_ids:
                gone = self._db.execute(
                    "DELETE FROM orders WHERE source = 'events' AND shopper_id IN "
                    "(SELECT shopper_id FROM visitors WHERE visitor_id = ?1 UNION SELECT ?1)",
                    (visitor_id,),
                ).rowcount
                links = self._db.execute(
                    "DELETE FROM visitors WHERE visitor_id = ?", (visitor_id,)
                ).rowcount
                self._db.execute(
                    "DELETE FROM shoppers WHERE shopper_id = ?1 AND NOT EXISTS "
                    "(SELECT 1 FROM orders WHERE shopper_id = ?1)",
                    (visitor_id,),
                )
                for sql in _UNNAMED:
                    self._db.execute(sql, (visitor_id,))
                if gone or links:
                    found[visitor_id] = gone or links
        if found:
            self._rewrite()
        return found

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _rewrite(self) -> None:
        """What was deleted leaves the file and its write-ahead log, too."""
        with self._lock:
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _put_shopper(self, shopper: Shopper) -> None:
        postal = shopper.address.postal_code if shopper.address else ""
        self._db.execute(
            "INSERT INTO shoppers (shopper_id, email_key, name_key, postal_key, record) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT (shopper_id) DO UPDATE SET email_key = excluded.email_key, "
            "name_key = excluded.name_key, postal_key = excluded.postal_key, record = excluded.record",
            (
                shopper.shopper_id,
                _key(shopper.email),
                _name_key(shopper.first_name, shopper.last_name),
                _key(postal),
                shopper.model_dump_json(),
            ),
        )

    def _put_order(self, order: Order, *, source: str = "import") -> None:
        self._db.execute(
            "INSERT INTO orders (order_id, shopper_id, source, ordered_at_us, record) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (order_id) DO UPDATE SET ordered_at_us = excluded.ordered_at_us, record = excluded.record",
            (
                *(order.order_id, order.shopper_id, source, order.ordered_at_us),
                order.model_dump_json(),
            ),
        )

    def _put_product(self, product: OfferedProduct) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO products (product_id, record) VALUES (?, ?)",
            (product.product_id, product.model_dump_json()),
        )
        self._db.execute("DELETE FROM variants WHERE product_id = ?", (product.product_id,))
        self._db.executemany(
            "INSERT OR REPLACE INTO variants (variant_id, product_id) VALUES (?, ?)",
            [(v.variant_id, product.product_id) for v in product.variants],
        )

    def _one(self, record: type[_R], sql: str, values: Sequence[object]) -> _R | None:
        rows = self._rows(sql, values)
        return record.model_validate_json(rows[0][0]) if len(rows) == 1 else None

    def _rows(self, sql: str, values: Sequence[object]) -> list[tuple[str, ...]]:
        with self._lock:
            try:
                return self._db.execute(sql, values).fetchall()
            except (UnicodeEncodeError, sqlite3.InterfaceError):
                return []  # half a surrogate pair is no id of anybody


def _next(before: Order | Shopper | None, after: Order | Shopper) -> int:
    """The version of a record that is replaced: a state that was never here has a number that was never used."""
    if before is None:
        return 0
    is_same = before == after.model_copy(update={"version": before.version})
    return before.version if is_same else before.version + 1


def _other_owner(order: Order) -> Conflict:
    return Conflict(
        f"order {order.order_id} is of another shopper already",
        fix="give each order its own number, or forget the other shopper first",
    )


def _states(order: Order | None, shopper: Shopper | None) -> str:
    kept = {
        "order": None if order is None else order.model_dump(mode="json"),
        "shopper": None if shopper is None else shopper.model_dump(mode="json"),
    }
    return orjson.dumps(kept).decode()


def _repeated(done: tuple[str, ...], wanted: tuple[str, str, str]) -> Written:
    if tuple(done[:3]) != wanted:
        raise Conflict("this key was used for another write", fix="plan the write again")
    after = orjson.loads(done[3])
    if after["shopper"] is None:
        raise NotFound("the shopper was forgotten since", fix="identify the shopper again")
    return Written(
        order=None if after["order"] is None else Order.model_validate(after["order"]),
        shopper=Shopper.model_validate(after["shopper"]),
        is_repeat=True,
    )
