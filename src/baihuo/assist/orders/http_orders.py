"""Orders that a shop's own system keeps, over a small HTTP API of JSON. The contract is in docs/assist_acts.md.

What the other side says is believed only where it can be true: an order of another id or shopper, a write that changed nothing, a field
that is no number: all of it counts as no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from pydantic import ValidationError

from baihuo.assist.orders.effects import applied
from baihuo.assist.orders.http_json import JsonServer, NoAnswer
from baihuo.assist.orders.interface import Check, OrdersUnavailable, Situation, Written
from baihuo.assist.orders.records import OfferedProduct, OfferedVariant, Order, Record, Shopper
from baihuo.assist.orders.situations import situation_of
from baihuo.assist.orders.writes import Write, order_id_of
from baihuo.core import Conflict

_R = TypeVar("_R", bound=Record)
_CHANGED_MEANWHILE = 409
_MOST = 1_000  # records of one list


class HttpOrders:
    """Asks the shop's own system. Keeps nothing, so what is told is as it is now. An :class:`~baihuo.assist.orders.Orders`."""

    def __init__(self, server: JsonServer) -> None:
        self._server = server

    def shopper(self, shopper_id: str) -> Shopper | None:
        """The shopper of this id."""
        found = self._get(Shopper, f"/shoppers/{quote(shopper_id, safe='')}")
        return self._same(found, "shopper_id", shopper_id)

    def shopper_by_email(self, email: str) -> Shopper | None:
        """The one shopper of this address, in any case; None where there is none, or more than one."""
        return self._only(email=email)

    def shopper_by_name_and_zip(
        self, first_name: str, last_name: str, postal_code: str
    ) -> Shopper | None:
        """The one shopper of this name, in any case, and postal code; None where there is none, or more than one."""
        return self._only(first_name=first_name, last_name=last_name, postal_code=postal_code)

    def shopper_of_visitor(self, visitor_id: str) -> Shopper | None:
        """Who bought with this visitor id."""
        return self._only(visitor_id=visitor_id)

    def order(self, order_id: str) -> Order | None:
        """The order of this id, whoever owns it."""
        found = self._get(Order, f"/orders/{quote(order_id, safe='')}")
        return self._same(found, "order_id", order_id)

    def orders_of(self, shopper_id: str) -> tuple[Order, ...]:
        """All orders of a shopper, the newest first."""
        orders = self._list(Order, "/orders", "orders", {"shopper_id": shopper_id})
        if any(order.shopper_id != shopper_id for order in orders):
            raise self._broken("it lists an order of another shopper")
        return orders

    def product(self, product_id: str) -> OfferedProduct | None:
        """A product with its variants as they are sold now."""
        found = self._get(OfferedProduct, f"/products/{quote(product_id, safe='')}")
        return self._same(found, "product_id", product_id)

    def variant(self, variant_id: str) -> OfferedVariant | None:
        """A variant as it is sold now."""
        found = self._get(OfferedVariant, f"/variants/{quote(variant_id, safe='')}")
        return self._same(found, "variant_id", variant_id)

    def write(
        self, write: Write, *, shopper_id: str, key: str, at_us: int, check: Check
    ) -> Written:
        """Do a write once, see :meth:`baihuo.assist.orders.Orders.write`.

        The state is read and checked, and sent with its version: where the order has changed meanwhile, the other side answers 409,
        and it is read and checked once more.
        """
        if (done := self._done(key, shopper_id, write)) is not None:
            return done
        for _ in range(2):
            situation = situation_of(self, write, shopper_id)
            check(situation)
            body = {
                "tool": write.tool,
                "shopper_id": shopper_id,
                "arguments": write.model_dump(mode="json"),
                "order_version": situation.order.version if situation.order else None,
                "at_us": at_us,
            }
            status, answer = self._ask(
                "POST", "/writes", body=body, headers={"Idempotency-Key": key}
            )
            if status == _CHANGED_MEANWHILE:
                continue
            if status != 200:
                raise self._broken(f"status {status} to a write")
            written = self._written(answer, write, shopper_id)
            self._require_effect(write, situation, written, at_us)
            return written
        raise self._broken("the order changes faster than it can be written")

    def close(self) -> None:
        """Nothing is open."""

    def _done(self, key: str, shopper_id: str, write: Write) -> Written | None:
        status, answer = self._ask("GET", f"/writes/{quote(key, safe='')}")
        if status == 404:
            return None
        if status != 200 or not isinstance(answer, dict):
            raise self._broken(f"status {status} to the look-up of a write")
        if answer.get("tool") != write.tool or answer.get("shopper_id") != shopper_id:
            raise Conflict("this key was used for another write", fix="plan the write again")
        written = self._written(answer, write, shopper_id)
        return Written(order=written.order, shopper=written.shopper, is_repeat=True)

    def _written(self, answer: Any, write: Write, shopper_id: str) -> Written:
        if not isinstance(answer, dict):
            raise self._broken("the answer to a write is no object")
        shopper = self._record(Shopper, answer.get("shopper"))
        given = answer.get("order")
        order = None if given is None else self._record(Order, given)
        is_it = shopper.shopper_id == shopper_id and (
            order.shopper_id == shopper_id if order else True
        )
        if not is_it or (order.order_id if order else None) != order_id_of(write):
            raise self._broken("the answer to a write is of another order or shopper")
        return Written(order=order, shopper=shopper, is_repeat=answer.get("is_repeat") is True)

    def _require_effect(
        self, write: Write, situation: Situation, written: Written, at_us: int
    ) -> None:
        """A write that is said to be done has changed what it should."""
        expected, owner = applied(write, situation, at_us=at_us)
        if expected is None:
            is_done = written.shopper.address == owner.address
        else:
            names = ("status", "address", "items", "return_request", "exchange_request")
            is_done = written.order is not None and all(
                getattr(written.order, n) == getattr(expected, n) for n in names
            )
        if not is_done:
            raise self._broken("it says that a write was done, and the order is not so")

    def _only(self, **by: str) -> Shopper | None:
        if not all(value.strip() for value in by.values()):
            return None
        found = self._list(Shopper, "/shoppers", "shoppers", by)
        return found[0] if len(found) == 1 else None

    def _list(
        self, record: type[_R], path: str, name: str, by: Mapping[str, str]
    ) -> tuple[_R, ...]:
        status, answer = self._ask("GET", f"{path}?{urlencode(by)}")
        rows = answer.get(name) if isinstance(answer, dict) else None
        if status != 200 or not isinstance(rows, list) or len(rows) > _MOST:
            raise self._broken(f"status {status}, and no list of {name}")
        return tuple(self._record(record, row) for row in rows)

    def _get(self, record: type[_R], path: str) -> _R | None:
        status, answer = self._ask("GET", path)
        if status == 404:
            return None
        if status != 200:
            raise self._broken(f"status {status}")
        return self._record(record, answer)

    def _record(self, record: type[_R], given: Any) -> _R:
        try:
            return record.model_validate(given)
        except (ValidationError, RecursionError) as error:
            where = ""
            if isinstance(error, ValidationError):
                first = error.errors()[0]
                where = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            raise self._broken(f"a {record.__name__.lower()} cannot be read: {where}") from error

    def _same(self, found: _R | None, id_field: str, wanted: str) -> _R | None:
        if found is not None and getattr(found, id_field) != wanted:
            raise self._broken("it answers with another record than was asked for")
        return found

    def _ask(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        try:
            answer = self._server.ask(method, path, body=body, headers=headers)
        except NoAnswer as error:
            raise self._broken(str(error)) from error
        return answer.status, answer.body

    def _broken(self, what: str) -> OrdersUnavailable:
        return OrdersUnavailable(
            f"the order system at {self._server.address}: {what}",
            fix="see that it runs and keeps to the contract in docs/assist_acts.md; its key is BAIHUO_ORDERS_KEY",
        )
