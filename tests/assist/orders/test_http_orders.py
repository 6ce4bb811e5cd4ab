"""A shop's own order system over HTTP: as agreed, and slow, down, lying, streaming rubbish."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.assist.orders.shop_api import Body, ShopApi, served
from tests.assist.policy.world import files

from baihuo.access import AuditLog, read_entries
from baihuo.assist import (
    ActionPlan,
    ActionState,
    Batch,
    HttpOrders,
    Identity,
    JsonServer,
    OrderStatus,
    OrdersUnavailable,
    Policy,
    SqliteOrders,
    Tools,
    Write,
    write_from,
)
from baihuo.assist.orders.taubench import read_records

ADA = Identity(visitor_id="v1", shopper_id="ada_park", proof="server_key")
CANCEL = write_from("cancel_order", {"order_id": "#A1", "reason": "no longer needed"})
RED_TO_BLUE = write_from(
    "change_items",
    {
        "order_id": "#A1",
        "variant_ids": ["1001"],
        "new_variant_ids": ["1002"],
        "payment_method_id": "gift_ada",
    },
)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[ShopApi]:
    orders = SqliteOrders(tmp_path / "theirs.sqlite")
    orders.add(read_records(*files()))
    yield ShopApi(orders)
    orders.close()


@pytest.fixture
def address(api: ShopApi) -> Iterator[str]:
    with served(api) as where:
        yield where


def orders_at(address: str, timeout_s: float = 2.0) -> HttpOrders:
    return HttpOrders(JsonServer(address, timeout_s))


@pytest.fixture
def tools(address: str, tmp_path: Path) -> Iterator[Tools]:
    audit = AuditLog(tmp_path / "audit.sqlite")
    yield Tools(orders_at(address), Policy(), audit, clock=lambda: 1_000)
    audit.close()


def agreed(tools: Tools, write: Write) -> ActionPlan:
    plan = tools.plan_write(write, ADA, 1_000)
    assert plan.state == ActionState.NEEDS_YES
    return plan


def test_it_reads_what_sqlite_reads(api: ShopApi, address: str) -> None:
    theirs, ours = orders_at(address), api.orders
    assert theirs.shopper("ada_park") == ours.shopper("ada_park")
    assert theirs.shopper("nobody") is None
    assert theirs.shopper_by_email("ADA.park@example.com") == ours.shopper("ada_park")
    assert theirs.shopper_by_name_and_zip("Ada", "park", "62701") == ours.shopper("ada_park")
    assert theirs.shopper_by_name_and_zip("Ada", "park", "0") is None
    assert theirs.order("#A1") == ours.order("#A1")
    assert theirs.order("#A1/../#B1") is None
    assert theirs.orders_of("ada_park") == ours.orders_of("ada_park")
    assert theirs.product("100") == ours.product("100")
    assert theirs.variant("1002") == ours.variant("1002")


def test_a_write_is_done_once_however_often_it_is_agreed_to(api: ShopApi, tools: Tools) -> None:
    plan = agreed(tools, RED_TO_BLUE)
    assert tools.carry_out(plan, ADA).state == ActionState.DONE
    assert tools.carry_out(plan, ADA).state == ActionState.DONE
    assert api.changes == [plan.key]
    changed = api.orders.order("#A1")
    assert changed is not None
    assert changed.status == OrderStatus.PENDING_ITEMS_CHANGED


def test_a_write_whose_answer_is_lost_is_tried_again_with_its_key(
    api: ShopApi, tools: Tools
) -> None:
    plan = agreed(tools, CANCEL)
    api.lost_answers = 1
    assert tools.carry_out(plan, ADA).state == ActionState.DONE
    assert api.changes == [plan.key]


def test_a_write_that_never_gets_an_answer_failed_and_a_later_yes_finds_that_it_was_done(
    api: ShopApi, tools: Tools, tmp_path: Path
) -> None:
    plan = agreed(tools, CANCEL)
    api.lost_answers = 9
    assert tools.carry_out(plan, ADA).state == ActionState.FAILED
    actions = [e.action for e in read_entries(tmp_path / "audit.sqlite")]
    assert actions == ["order.cancel_order", "order.cancel_order.failed"]
    api.lost_answers = 0
    assert tools.carry_out(plan, ADA).state == ActionState.DONE
    assert api.changes == [plan.key]


def test_an_order_that_changes_between_check_and_write_is_checked_again(
    api: ShopApi, tools: Tools
) -> None:
    """The shop ships the order at the last moment: it is not cancelled."""
    plan = agreed(tools, CANCEL)

    def ships(method: str, path: str) -> None:
        if method == "POST" and not api.changes:
            api.changes.append("shipped")
            order = api.orders.order("#A1")
            assert order is not None
            sent = order.model_copy(update={"status": OrderStatus.PROCESSED})
            api.orders.add(Batch(orders=[sent]), replace=True)

    api.before = ships
    done = tools.carry_out(plan, ADA)
    assert (done.state, done.rule) == (ActionState.REFUSED, "cancel_pending")
    left = api.orders.order("#A1")
    assert left is not None
    assert left.status == OrderStatus.PROCESSED


BROKEN: dict[str, dict[str, Any]] = {
    "an error": {"status": 500},
    "busy": {"status": 429},
    "wants another key": {"status": 401},
    "a page of a proxy": {"status": 502, "raw": b"<html>bad gateway</html>"},
    "rubbish": {"raw": b"\x00\xff{{{{ rubbish"},
    "nested without an end": {"raw": b"[" * 200_000},
    "a list": {"raw": b"[1, 2]"},
    "null": {"raw": b"null"},
    "a number that is none": {"raw": b'{"order_id": "#A1", "items": NaN}'},
    "an endless answer": {"raw": b" " * (5 << 20)},
}


@pytest.mark.parametrize("how", BROKEN.values(), ids=BROKEN)
def test_a_broken_system_fails_and_nothing_is_written(
    how: dict[str, Any], api: ShopApi, tools: Tools
) -> None:
    plan = agreed(tools, CANCEL)
    for name, value in how.items():
        setattr(api, name, value)
    with pytest.raises(OrdersUnavailable, match="BAIHUO_ORDERS_KEY"):
        tools.orders.order("#A1")
    done = tools.carry_out(plan, ADA)
    assert done.state == ActionState.FAILED
    assert done.summary["en"]
    assert done.summary["zh"]
    assert not api.changes


def test_a_system_that_is_down_fails(tools: Tools, api: ShopApi, tmp_path: Path) -> None:
    audit = AuditLog(tmp_path / "other.sqlite")
    down = Tools(orders_at("http://127.0.0.1:9/api", 0.5), Policy(), audit, clock=lambda: 1_000)
    assert down.carry_out(agreed(tools, CANCEL), ADA).state == ActionState.FAILED
    audit.close()


@pytest.mark.parametrize("drip_s", [0.0, 0.02])
def test_a_slow_system_fails_in_time(drip_s: float, api: ShopApi, address: str) -> None:
    """One that sends a byte now and then would hold a socket's timeout for ever."""
    if drip_s:
        api.drip_s = drip_s
    else:
        api.before = lambda _method, _path: time.sleep(0.8)
    started = time.monotonic()
    with pytest.raises(OrdersUnavailable):
        orders_at(address, 0.3).order("#A1")
    assert time.monotonic() - started < 0.75


def lies_about(**fields: object) -> Any:
    def tamper(method: str, path: str, body: Body) -> Body:
        if body and "order_id" in body:
            return {**body, **fields}
        return body

    return tamper


@pytest.mark.parametrize(
    "fields",
    [
        {"order_id": "#B1"},
        {"status": "flying"},
        {"currency": "dollars"},
        {"items": "none"},
        {"total": 3},
        {"payments": [{"kind": "payment", "amount_minor": -5, "payment_method_id": "card_ada"}]},
    ],
)
def test_an_order_that_cannot_be_true_is_no_answer(
    fields: dict[str, object], api: ShopApi, address: str
) -> None:
    api.tamper = lies_about(**fields)
    with pytest.raises(OrdersUnavailable):
        orders_at(address).order("#A1")


def test_orders_of_somebody_else_in_a_list_are_no_answer(api: ShopApi, address: str) -> None:
    ben = api.orders.order("#B1")
    assert ben is not None
    api.tamper = lambda m, p, body: {"orders": [ben.model_dump(mode="json")]}
    with pytest.raises(OrdersUnavailable, match="another shopper"):
        orders_at(address).orders_of("ada_park")


def test_a_write_that_is_said_to_be_done_and_is_not_failed(api: ShopApi, tools: Tools) -> None:
    plan = agreed(tools, CANCEL)
    order, ada = api.orders.order("#A1"), api.orders.shopper("ada_park")
    assert order is not None
    assert ada is not None
    said = {"order": order.model_dump(mode="json"), "shopper": ada.model_dump(mode="json")}
    api.tamper = lambda method, _path, body: said if method == "POST" else body
    assert tools.carry_out(plan, ADA).state == ActionState.FAILED


def test_a_key_of_the_api_is_sent_and_shown_nowhere(address: str) -> None:
    server = JsonServer(address, 1.0, key="secret-key")
    assert "secret-key" not in repr(server)
    with pytest.raises(OrdersUnavailable) as error:
        HttpOrders(JsonServer("http://127.0.0.1:9/api", 0.2, key="secret-key")).order("#A1")
    assert "secret-key" not in str(error.value)
