"""Orders in SQLite: written once, by their owner alone, with what stood before."""

from __future__ import annotations

import json
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.assist.policy.world import files

from baihuo.assist import (
    Batch,
    OrderStatus,
    Situation,
    SqliteOrders,
    Write,
    write_from,
)
from baihuo.assist.orders.taubench import read_records
from baihuo.core import Conflict

CANCEL = write_from("cancel_order", {"order_id": "#A1", "reason": "no longer needed"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders.sqlite"


@pytest.fixture
def orders(path: Path) -> Iterator[SqliteOrders]:
    opened = SqliteOrders(path)
    opened.add(read_records(*files()))
    yield opened
    opened.close()


def do(orders: SqliteOrders, write: Write, key: str, shopper_id: str = "ada_park") -> bool:
    done = orders.write(write, shopper_id=shopper_id, key=key, at_us=7, check=lambda _: None)
    return not done.is_repeat


def test_only_the_owner_of_the_machine_reads_the_file(orders: SqliteOrders, path: Path) -> None:
    for file in path.parent.glob("orders.sqlite*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_shoppers_are_found_without_regard_to_case_and_width(orders: SqliteOrders) -> None:
    assert orders.shopper_by_email(" ADA.PARK@EXAMPLE.COM ") == orders.shopper("ada_park")
    assert orders.shopper_by_name_and_zip("ａｄａ", "PARK", "62701") == orders.shopper("ada_park")
    assert orders.shopper_by_name_and_zip("Ada", "Park", "62702") is None
    assert orders.shopper_by_email("") is None
    assert orders.shopper_by_name_and_zip("", "Park", "62701") is None


def test_of_two_shoppers_with_one_name_and_postal_code_none_is_found(orders: SqliteOrders) -> None:
    ada = orders.shopper("ada_park")
    assert ada is not None
    orders.add(
        Batch(shoppers=[ada.model_copy(update={"shopper_id": "other_ada", "email": "o@e.com"})])
    )
    assert orders.shopper_by_name_and_zip("Ada", "Park", "62701") is None
    assert orders.shopper_by_email("o@e.com") is not None


def test_a_key_writes_once_and_what_stood_before_is_kept(orders: SqliteOrders, path: Path) -> None:
    assert do(orders, CANCEL, "k1")
    assert not do(orders, CANCEL, "k1")
    with sqlite3.connect(path) as db:
        ((before, after),) = db.execute("SELECT before, after FROM writes").fetchall()
    db.close()
    assert json.loads(before)["order"]["status"] == "pending"
    assert json.loads(after)["order"]["status"] == "cancelled"
    assert len(json.loads(after)["order"]["payments"]) == 2


def test_a_key_of_another_write_is_a_conflict(orders: SqliteOrders) -> None:
    do(orders, CANCEL, "k1")
    other = write_from("cancel_order", {"order_id": "#A5", "reason": "no longer needed"})
    with pytest.raises(Conflict):
        do(orders, other, "k1")
    with pytest.raises(Conflict):
        do(orders, CANCEL, "k1", shopper_id="ben_ortiz")


def test_one_of_many_at_once_writes(orders: SqliteOrders, path: Path) -> None:
    """Two tabs, a double click, a message sent again: with connections of their own, as processes have."""
    written: list[bool] = []

    def run() -> None:
        own = SqliteOrders(path)
        written.append(do(own, CANCEL, "k1"))
        own.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(written) == [False] * 7 + [True]


def test_a_check_that_raises_writes_nothing(orders: SqliteOrders) -> None:
    def refuse(situation: Situation) -> None:
        assert situation.order is not None
        raise PermissionError

    with pytest.raises(PermissionError):
        orders.write(CANCEL, shopper_id="ada_park", key="k1", at_us=1, check=refuse)
    assert orders.count()["writes"] == 0
    order = orders.order("#A1")
    assert order is not None
    assert order.status == OrderStatus.PENDING


def test_a_file_that_is_older_than_a_change_does_not_undo_it(orders: SqliteOrders) -> None:
    do(orders, CANCEL, "k1")
    assert orders.add(read_records(*files())) == 1
    order = orders.order("#A1")
    assert order is not None
    assert order.status == OrderStatus.CANCELLED


def test_an_order_that_was_put_back_can_be_cancelled_again(orders: SqliteOrders) -> None:
    """Its version never comes back: the key of the first cancelling does not stand for the second."""
    do(orders, CANCEL, "k1")
    orders.add(read_records(*files()), replace=True)
    order = orders.order("#A1")
    assert order is not None
    assert (order.status, order.version) == (OrderStatus.PENDING, 2)


def test_an_order_cannot_come_in_for_another_shopper(orders: SqliteOrders) -> None:
    order = orders.order("#A1")
    assert order is not None
    with pytest.raises(Conflict, match="another shopper"):
        orders.add(Batch(orders=[order.model_copy(update={"shopper_id": "ben_ortiz"})]))


def test_forgotten_shoppers_leave_the_bytes_of_the_file(orders: SqliteOrders, path: Path) -> None:
    do(orders, CANCEL, "k1")
    assert orders.forget("ada_park") == 9
    orders.close()
    assert not any(b"ada.park" in file.read_bytes() for file in path.parent.glob("orders.sqlite*"))


def test_half_a_character_is_nobodys_id(orders: SqliteOrders) -> None:
    assert orders.order("\ud83d") is None
    assert orders.shopper_by_email("\ud83d@example.com") is None
