"""Orders and the policy of customer service by their commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.small_events_shop import LEAVES, STAYS, made
from typer.testing import CliRunner

from baihuo import flow
from baihuo.access import read_entries
from baihuo.assist import OrderStatus, SqliteOrders, Turn, Understanding, open_acts
from baihuo.assist.turns import ActionState, Conversation
from baihuo.cli.app import app
from baihuo.core import BadInput, NotFound
from baihuo.settings import Shop

CSV = """order_id,email,first_name,last_name,status,currency,product_id,title,price,postal_code,payment_kind
W1,ann@example.com,Ann,Lee,pending,EUR,p1,Lamp,20.00,10115,paypal
W2,bob@example.com,Bob,Ray,pending,EUR,p2,Shoe,x,10116,paypal
"""


def run(*arguments: str) -> tuple[str, str]:
    result = CliRunner().invoke(app, ["assist", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout, result.stderr


def test_a_shop_imports_orders_and_rows_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    shop, file = tmp_path / "shop", tmp_path / "orders.csv"
    file.write_text(CSV)
    out, err = run("orders", "import", str(file), "--shop", str(shop))
    assert out == "1 orders, 1 shoppers, 0 products, 0 kept, 1 rows refused\n"
    assert err == "orders.csv, line 3: price: 'x' is no amount in EUR; write it as 129.00\n"
    out, _ = run("orders", "import", str(file), "--shop", str(shop), "--json")
    assert json.loads(out)["refused"][0]["where"] == "orders.csv, line 3"
    (entry, _) = read_entries(shop / "audit.sqlite")
    assert (entry.action, entry.detail) == ("orders.import", {"orders": 1, "refused": 1, "kept": 0})


def test_an_imported_order_is_cancelled_from_the_first_word_to_the_log(tmp_path: Path) -> None:
    shop, file = Shop(tmp_path / "shop"), tmp_path / "orders.csv"
    file.write_text(CSV)
    run("orders", "import", str(file), "--shop", str(shop.root))
    acts = open_acts(shop, shop.settings().orders)
    who = acts.identification.of_server("v", "ann@example.com")
    turn = Turn(
        conversation=Conversation(conversation_id="c", identity=who),
        message_id="m",
        text="cancel my order",
        now_us=1,
    )
    plan = acts.tools.plan(turn, Understanding(language="en", intent="cancel_order", p_intent=1.0))
    assert plan is not None
    assert acts.tools.carry_out(plan, who).state == ActionState.DONE
    acts.close()
    assert [e.action for e in read_entries(shop.audit_file)][-1] == "order.cancel_order"
    # The file is older than the change, and does not undo it.
    out, _ = run("orders", "import", str(file), "--shop", str(shop.root))
    assert "1 kept" in out
    run("orders", "forget", "ann@example.com", "--shop", str(shop.root))
    with pytest.raises(NotFound, match="no shopper"):
        run("orders", "forget", "ann@example.com", "--shop", str(shop.root))


def test_the_policy_is_checked_and_printed(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    out, _ = run("policy", "--shop", str(shop))
    assert "window_days: 30" in out
    kept = tmp_path / "kept.yaml"
    kept.write_text(out)
    assert run("policy", "--file", str(kept))[0] == out
    out, _ = run("policy", "--rules", "--json", "--shop", str(shop))
    assert json.loads(out)["own_order"]["zh"] == "没有找到您名下的订单 {order_id}。"
    (shop / "policy.yaml").write_text("returns:\n  window_days: a month\n")
    with pytest.raises(BadInput, match=r"policy\.yaml, line 2: returns\.window_days: .*'a month'"):
        run("policy", "--shop", str(shop))
    with pytest.raises(NotFound):
        run("policy", "--file", str(tmp_path / "none.yaml"))


def test_orders_of_the_log_can_be_told_to_who_bought_and_not_changed(tmp_path: Path) -> None:
    shop = made(tmp_path / "shop")
    out, _ = run("orders", "from-events", "--shop", str(shop.root))
    assert out == run("orders", "from-events", "--shop", str(shop.root))[0]  # nothing twice
    acts = open_acts(shop, shop.settings().orders)
    who = acts.identification.of_visitor(STAYS)
    assert who.proof == "visitor_token"
    turn = Turn(
        conversation=Conversation(conversation_id="c", identity=who),
        message_id="m",
        text="where is my order?",
        now_us=1,
    )
    asks = Understanding(language="en", intent="track_order", p_intent=1.0)
    passages = acts.tools.passages(turn, asks)
    assert passages
    assert "is bought" in passages[0].text
    plan = acts.tools.plan(turn, Understanding(language="en", intent="cancel_order", p_intent=1.0))
    assert plan is not None
    assert plan.state == ActionState.LACKS
    acts.close()


def test_orders_of_the_log_go_with_their_visitor_and_those_of_the_books_stay(
    tmp_path: Path,
) -> None:
    shop = made(tmp_path / "shop")
    orders = SqliteOrders(shop.orders_file)
    assert orders.orders_of(LEAVES)
    theirs = orders.orders_of(STAYS)
    orders.close()
    file = tmp_path / "orders.csv"
    file.write_text(CSV)
    flow.import_orders(shop, [file])
    flow.forget(shop, [LEAVES])
    orders = SqliteOrders(shop.orders_file)
    assert not orders.orders_of(LEAVES)
    assert orders.shopper(LEAVES) is None
    assert orders.orders_of(STAYS) == theirs
    booked = orders.order("W1")
    orders.close()
    assert booked is not None
    assert booked.status == OrderStatus.PENDING
