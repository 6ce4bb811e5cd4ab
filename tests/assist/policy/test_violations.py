"""Everything in ``violations.yaml``, written before the policy code, is refused by its rule, and nothing is written."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.assist.policy.world import files, violations, write_of

import baihuo
from baihuo.access import AuditLog, read_entries
from baihuo.assist.act.tools import Tools
from baihuo.assist.orders.sqlite_orders import SqliteOrders
from baihuo.assist.orders.taubench import read_records
from baihuo.assist.policy.policy import Policy
from baihuo.assist.policy.rules import RULES
from baihuo.assist.turns import ActionPlan, ActionState, Identity

POLICY = Path(baihuo.__file__).parents[2] / "docs/example/taubench_policy.yaml"
CASES = violations()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A filled file, to start each case from."""
    path = tmp_path_factory.mktemp("orders") / "orders.sqlite"
    orders = SqliteOrders(path)
    orders.add(read_records(*files()))
    orders.close()
    return path.read_bytes()


def tools_of(folder: Path, filled: bytes) -> Tools:
    (folder / "orders.sqlite").write_bytes(filled)
    audit = AuditLog(folder / "audit.sqlite")
    return Tools(
        SqliteOrders(folder / "orders.sqlite"), Policy.of(POLICY), audit, clock=lambda: 1_000
    )


def who(entry: dict[str, Any]) -> Identity:
    shopper_id = entry["shopper"]
    return Identity(visitor_id="v1", shopper_id=shopper_id, proof="email" if shopper_id else "")


def carried_out(tools: Tools, entry: dict[str, Any], identity: Identity) -> ActionPlan:
    plan = tools.plan_write(write_of(entry), identity, 1_000)
    return tools.carry_out(plan, identity)


def dump(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "orders.sqlite") as db:
        return list(db.iterdump())


@pytest.mark.parametrize("entry", CASES, ids=[entry["name"] for entry in CASES])
def test_a_violation_is_refused_by_its_rule_and_writes_nothing(
    entry: dict[str, Any], filled: bytes, tmp_path: Path
) -> None:
    tools, identity = tools_of(tmp_path, filled), who(entry)
    for before in entry.get("first", ()):
        assert carried_out(tools, before, identity).state == ActionState.DONE
    state, n_entries = dump(tmp_path), len(read_entries(tmp_path / "audit.sqlite"))

    plan = carried_out(tools, entry, identity)

    assert (plan.state, plan.rule) == (ActionState.REFUSED, entry["rule"])
    assert plan.summary["en"]
    assert plan.summary["zh"]
    assert dump(tmp_path) == state
    assert len(read_entries(tmp_path / "audit.sqlite")) == n_entries

    # A plan may be old or forged: the check inside the transaction does not believe it.
    write = write_of(entry)
    forged = ActionPlan(
        tool=write.tool,
        arguments=write.model_dump(mode="json"),
        state=ActionState.NEEDS_YES,
        key="0" * 32,
    )
    plan = tools.carry_out(forged, identity)
    assert (plan.state, plan.rule) == (ActionState.REFUSED, entry["rule"])
    assert dump(tmp_path) == state


def test_every_rule_that_refuses_without_a_date_is_violated_at_least_once() -> None:
    """Return windows and hours need dates, which tau-bench does not have; they have tests of their own."""
    dated = {"cancel_in_time", "return_window", "exchange_window"}
    of_ours = {"payment_changed_once"}  # of the environment, not of the text
    assert {entry["rule"] for entry in CASES} == {r.name for r in RULES} - dated - of_ours
    assert len(CASES) >= 60
