"""Replays the calls of tasks against our tools and against the plain ones, each from the state of the files."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from baihuo.access import AuditLog
from baihuo.assist import ActionPlan, ActionState, Identity, Policy, SqliteOrders, Tools
from suites.assist_tools import reference
from suites.assist_tools.reference import Shop, ToolError
from suites.assist_tools.shop import NOW_US, Files, write_of
from suites.assist_tools.states import differences, our_state, plain_state
from suites.assist_tools.tasks import Action, Task


@dataclass(slots=True)
class Replayed:
    """What became of one task."""

    n_writes: int = 0
    refused: list[tuple[Action, str]] = field(default_factory=list)  # and the rule
    failed: list[Action] = field(default_factory=list)
    refused_by_environment: list[Action] = field(
        default_factory=list
    )  # of those that the policy refuses
    only_environment_refused: list[Action] = field(default_factory=list)
    touched: list[Action] = field(default_factory=list)  # refused, and yet the state is another
    n_reads: int = 0
    n_reads_wrong: int = 0
    identified: bool = True  # the calls that look for a user find this one
    differences: list[str] = field(
        default_factory=list
    )  # from the plain tools with the allowed writes
    differences_all: list[str] = field(default_factory=list)  # with all writes


class Replay:
    """Replays tasks; each begins with the shop as the files have it."""

    def __init__(self, files: Files, policy: Policy, work: Path) -> None:
        self._files, self._policy, self._work = files, policy, work

    @contextmanager
    def tools(self) -> Iterator[tuple[Tools, SqliteOrders]]:
        """Our tools over a fresh copy of the shop."""
        path = self._work / "orders.sqlite"
        for old in self._work.glob("orders.sqlite*"):
            old.unlink()
        path.write_bytes(self._files.filled)
        orders, audit = SqliteOrders(path), AuditLog(self._work / "audit.sqlite")
        try:
            yield Tools(orders, self._policy, audit, clock=lambda: NOW_US), orders
        finally:
            orders.close()
            audit.close()

    def one(self, task: Task) -> Replayed:
        """Replay one task."""
        done = Replayed()
        allowed, everything = reference.copied(self._files.shop), reference.copied(self._files.shop)
        with self.tools() as (tools, orders):
            for action in task.actions:
                if action.name in reference.WRITES:
                    self._write(task, action, tools, (allowed, everything), done)
                else:
                    self._read(task, action, orders, allowed, done)
            ours = self.state(orders)
        done.differences = differences(ours, plain_state(allowed))
        done.differences_all = differences(ours, plain_state(everything))
        return done

    def expected(self, task: Task) -> Shop:
        """The shop after all ground-truth calls of a task."""
        shop = reference.copied(self._files.shop)
        for action in task.actions:
            if action.name in reference.WRITES:
                _takes(shop, action)
        return shop

    def digest(self) -> bytes:
        """Of every record and write in our file, as it is on disk for anybody who opens it."""
        with closing(sqlite3.connect(self._work / "orders.sqlite")) as db:
            found = hashlib.sha256()
            for table in ("shoppers", "orders", "products", "visitors", "writes"):
                for row in db.execute(f"SELECT * FROM {table} ORDER BY 1"):
                    found.update(repr(row).encode())
        return found.digest()

    def state(self, orders: SqliteOrders) -> dict[str, Any]:
        """Our orders and users in the form that is compared."""
        return our_state(orders, self._files.shop["orders"], self._files.shop["users"])

    def _write(
        self,
        task: Task,
        action: Action,
        tools: Tools,
        plain: tuple[Shop, Shop],
        done: Replayed,
    ) -> None:
        done.n_writes += 1
        before = self.digest()
        plan = carried_out(tools, action, identity_of(task))
        takes_it = _takes(plain[1], action)
        if plan.state == ActionState.DONE:
            if not _takes(plain[0], action):
                done.only_environment_refused.append(action)
        elif plan.state == ActionState.REFUSED:
            done.refused.append((action, plan.rule))
            if not takes_it:
                done.refused_by_environment.append(action)
            if self.digest() != before:
                done.touched.append(action)
        else:
            done.failed.append(action)

    def _read(
        self, task: Task, action: Action, orders: SqliteOrders, plain: Shop, done: Replayed
    ) -> None:
        try:
            expected = reference.call(plain, action.name, action.arguments)
        except ToolError:
            expected = None
        if action.name.startswith("find_user_id"):
            found = _found(orders, action)
            done.n_reads += 1
            done.n_reads_wrong += found != expected
            # A look-up that fails, and one of another kind after it, is part of the task.
            done.identified &= found in (None, task.user_id)
        elif action.name == "get_order_details":
            order_id = action.arguments["order_id"]
            done.n_reads += 1
            here = our_state(orders, [order_id], []).get(f"order {order_id}")
            done.n_reads_wrong += here != plain_state(plain).get(f"order {order_id}")
        elif action.name == "get_product_details":
            product = orders.product(action.arguments["product_id"])
            done.n_reads += 1
            prices = (
                {v.variant_id: (v.price_minor, v.is_available) for v in product.variants}
                if product
                else None
            )
            done.n_reads_wrong += prices != _prices(expected)


def identity_of(task: Task) -> Identity:
    """Who a task's user is once identified; by e-mail, unless the calls look for a name."""
    by_name = any(a.name == "find_user_id_by_name_zip" for a in task.actions)
    proof = "name_and_zip" if by_name else "email"
    return Identity(visitor_id="bench", shopper_id=task.user_id, proof=proof)


def carried_out(tools: Tools, action: Action, identity: Identity) -> ActionPlan:
    """Plan a write, and say yes to it. A call whose arguments cannot be read FAILED."""
    try:
        write = write_of(action.name, action.arguments, identity.shopper_id or "")
    except (ValueError, KeyError):
        return ActionPlan(tool=action.name, arguments={}, state=ActionState.FAILED)
    if write is None:  # a profile of somebody else
        return ActionPlan(
            tool=action.name, arguments={}, state=ActionState.REFUSED, rule="identified"
        )
    return tools.carry_out(tools.plan_write(write, identity, NOW_US), identity)


def _takes(shop: Shop, action: Action) -> bool:
    try:
        reference.call(shop, action.name, action.arguments)
    except ToolError:
        return False
    return True


def _found(orders: SqliteOrders, action: Action) -> str | None:
    given = action.arguments
    if action.name == "find_user_id_by_email":
        shopper = orders.shopper_by_email(given["email"])
    else:
        shopper = orders.shopper_by_name_and_zip(
            given["first_name"], given["last_name"], given["zip"]
        )
    return shopper.shopper_id if shopper else None


def _prices(product: Mapping[str, Any] | None) -> dict[str, tuple[int, bool]] | None:
    if product is None:
        return None
    return {
        k: (reference.cents(v["price"]), v["available"]) for k, v in product["variants"].items()
    }
