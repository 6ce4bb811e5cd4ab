"""What tools make of messages: they ask for what lacks, refuse by rule, and do nothing before a yes to a summary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.assist.act.small_shop import ADA, BELIEVES, NOBODY, NOW_US, SmallShop, small_shop

from baihuo.access import read_entries
from baihuo.assist import (
    ActionPlan,
    ActionState,
    Address,
    Batch,
    Identity,
    OrderStatus,
    Understanding,
)
from baihuo.assist.orders.writes import ChangeShopperAddress
from baihuo.core import CannotWrite


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[SmallShop]:
    with small_shop(tmp_path) as made:
        yield made


def status(shop: SmallShop, order_id: str) -> OrderStatus:
    order = shop.orders.order(order_id)
    assert order is not None
    return order.status


def test_a_cancellation_from_the_first_word_to_the_yes(shop: SmallShop) -> None:
    plan = shop.plan("cancel my order A1 please", "cancel_order", order_id="A1")
    assert plan is not None
    assert (plan.state, plan.lacks) == (ActionState.LACKS, "reason")
    assert plan.options == ("no longer needed", "ordered by mistake")

    plan = shop.plan("ordered by mistake", pending=plan)
    assert plan is not None
    assert plan.state == ActionState.NEEDS_YES
    assert plan.summary["en"] == (
        "Cancellation of order #A1: Shirt (red, M); Lamp (white). Reason: ordered by mistake. "
        "160.00 USD goes back to your Visa card ending 1111 (in 5–7 business days)."
    )
    assert "取消订单 #A1" in plan.summary["zh"]
    assert "160.00 USD 退回您尾号 1111 的 Visa 卡" in plan.summary["zh"]
    assert plan.source_ids == ("order:#A1",)
    assert status(shop, "#A1") == OrderStatus.PENDING

    done = shop.tools.carry_out(plan, ADA)
    assert done.state == ActionState.DONE
    assert done.summary["en"].startswith("Done. Cancellation of order #A1")
    assert status(shop, "#A1") == OrderStatus.CANCELLED


def test_an_exchange_names_items_new_variant_difference_and_where_it_goes(shop: SmallShop) -> None:
    plan = shop.plan("I want to exchange something", "exchange_items", order_id="#A3")
    assert plan is not None
    assert plan.lacks == "items"
    assert plan.options == ("Shirt (red, M)", "Lamp (white)", "Shoe (42)")
    plan = shop.plan("the lamp", pending=plan)
    assert plan is not None
    assert plan.lacks == "new_items"
    assert plan.options == ("Lamp (black)", "Lamp (brass)")  # green is sold out
    plan = shop.plan("brass, on my gift card", pending=plan)
    assert plan is not None
    assert (plan.state, plan.rule) == (ActionState.REFUSED, "gift_card_covers")
    plan = shop.plan(
        "exchange the white lamp of A3 for a brass one", "exchange_items", order_id="A3"
    )
    assert plan is not None
    assert plan.state == ActionState.NEEDS_YES
    assert "Lamp (white) → Lamp (brass)" in plan.summary["en"]
    assert (
        "The difference of 90.00 USD is paid with your Visa card ending 1111." in plan.summary["en"]
    )
    assert "差价 90.00 USD 由您尾号 1111 的 Visa 卡支付" in plan.summary["zh"]


def test_a_return_asks_which_items_and_pays_back_to_the_original_method(shop: SmallShop) -> None:
    plan = shop.plan("我要退货", "return_items", order_id="A9", language="zh")
    assert plan is not None
    assert plan.lacks == "items"
    plan = shop.plan("全部", pending=plan, language="zh")
    assert plan is not None
    assert plan.state == ActionState.NEEDS_YES
    assert "收到后退款 190.00 USD 至您的 PayPal 账户" in plan.summary["zh"]
    plan = shop.plan("the lamp, refund to my gift card", "return_items", order_id="A9")
    assert plan is not None
    assert "150.00 USD goes to your gift card (at once)" in plan.summary["en"]


def test_a_size_in_blue_is_found_by_its_options(shop: SmallShop) -> None:
    plan = shop.plan("can I have the shirt in blue instead?", "change_order", order_id="A1")
    assert plan is not None
    assert plan.arguments["new_variant_ids"] == ["1002"]
    assert plan.tool == "change_items"


def test_a_change_of_a_delivered_order_is_an_exchange(shop: SmallShop) -> None:
    plan = shop.plan("change the shoe to size 43", "change_order", order_id="A3")
    assert plan is not None
    assert (plan.tool, plan.state) == ("exchange_items", ActionState.NEEDS_YES)


def test_an_address_is_read_or_asked_for(shop: SmallShop) -> None:
    plan = shop.plan("I moved", "change_shipping_address", order_id="A1")
    assert plan is not None
    assert plan.lacks == "address"
    plan = shop.plan("7 New Street, Boise, ID 83701, USA", pending=plan)
    assert plan is not None
    assert plan.state == ActionState.NEEDS_YES
    assert "order #A1: 7 New Street, Boise, ID 83701, USA." in plan.summary["en"]
    plan = shop.plan(
        "set my address to 7 New Street, Boise, ID 83701, USA", "set_up_shipping_address"
    )
    assert plan is not None
    assert plan.tool == "change_shopper_address"


def test_a_payment_method_is_chosen_among_the_others(shop: SmallShop) -> None:
    plan = shop.plan("pay order A1 differently", "change_payment", order_id="A1")
    assert plan is not None
    assert plan.lacks == "payment_method"
    assert plan.options == ("your gift card", "your PayPal account")
    plan = shop.plan("paypal", pending=plan)
    assert plan is not None
    assert plan.state == ActionState.NEEDS_YES
    assert "from your PayPal account" in plan.summary["en"]


def test_which_order_is_asked_where_several_may_be_meant(shop: SmallShop) -> None:
    plan = shop.plan("cancel my order, ordered by mistake", "cancel_order")
    assert plan is not None
    assert (plan.lacks, set(plan.options)) == ("order_id", {"#A1", "#A5", "#A6"})
    ben = Identity(visitor_id="v2", shopper_id="ben_ortiz", proof="server_key")
    plan = shop.plan("cancel my order, ordered by mistake", "cancel_order", identity=ben)
    assert plan is not None
    assert plan.arguments["order_id"] == "#B1"  # there is one


def test_somebody_who_is_not_identified_is_refused_whatever_the_order(shop: SmallShop) -> None:
    for who in (NOBODY, replace(ADA, proof="email"), replace(ADA, proof="")):
        for order_id in ("#A1", "#B1", "#Z9"):
            plan = shop.plan("cancel it", "cancel_order", identity=who, order_id=order_id)
            assert plan is not None
            assert (plan.state, plan.rule) == (ActionState.REFUSED, "identified")


def test_a_shop_that_believes_an_email_address_asks_for_it_whatever_the_order(
    tmp_path: Path,
) -> None:
    with small_shop(tmp_path, BELIEVES) as shop:
        plans = [
            shop.plan("cancel it", "cancel_order", identity=NOBODY, order_id=order_id)
            for order_id in ("#A1", "#B1", "#Z9")
        ]
    assert {p.lacks for p in plans if p} == {"identity"}


def placed(shop: SmallShop, visitor_id: str, *order_ids: str) -> Identity:
    """Ada in the browser that placed these orders."""
    orders = [shop.orders.order(order_id) for order_id in order_ids]
    made = [o.model_copy(update={"visitor_id": visitor_id}) for o in orders if o is not None]
    shop.orders.add(Batch(orders=made, visitors=[(visitor_id, "ada_park")]))
    return Identity(visitor_id=visitor_id, shopper_id="ada_park", proof="visitor_token")


def test_a_signed_visitor_changes_the_order_it_placed_and_nothing_else(shop: SmallShop) -> None:
    browser = placed(shop, "v7", "#A1")
    plan = shop.plan("cancel it, no longer needed", "cancel_order", identity=browser)
    assert plan is not None
    assert (plan.state, plan.arguments["order_id"]) == (ActionState.NEEDS_YES, "#A1")
    for other in ("#A4", "#B1", "#Z9"):
        refused = shop.plan("cancel", "cancel_order", identity=browser, order_id=other)
        assert refused is not None
        assert (refused.state, refused.rule) == (ActionState.REFUSED, "identified")
        forged = replace(plan, arguments={**plan.arguments, "order_id": other})
        assert shop.tools.carry_out(forged, browser).rule == "own_order"
    # the profile and its other payment methods are no part of the order
    for text, intent in (
        ("my new address is 9 Oak Road, Boston, USA, 02101", "change_shopper_address"),
        ("pay with another card", "change_payment"),
    ):
        refused = shop.plan(text, intent, identity=browser)
        assert refused is not None
        assert (refused.state, refused.rule) == (ActionState.REFUSED, "identified"), intent
    address = Address(line1="9 Oak Road", city="Boston", country="USA", postal_code="02101")
    profile = shop.tools.plan_write(ChangeShopperAddress(address=address), browser, NOW_US)
    assert (profile.state, profile.rule) == (ActionState.REFUSED, "identified")
    asked = shop.plan("send it to my default address", "change_address", identity=browser)
    assert asked is not None
    assert asked.lacks == "address"
    assert shop.tools.carry_out(plan, browser).state == ActionState.DONE


def test_whose_browser_placed_an_order_is_forgotten_with_the_visitor(shop: SmallShop) -> None:
    browser = placed(shop, "v-secret-7", "#A1")
    plan = shop.plan("cancel it, no longer needed", "cancel_order", identity=browser)
    assert plan is not None
    assert shop.tools.carry_out(plan, browser).state == ActionState.DONE
    assert shop.orders.forget_visitors(["v-secret-7"]) == {"v-secret-7": 1}
    order = shop.orders.order("#A1")
    assert order is not None  # of the shop's books
    assert order.visitor_id == ""
    assert b"v-secret-7" not in b"".join(f.read_bytes() for f in shop.folder.glob("orders.sqlite*"))


def test_another_wish_ends_the_one_that_lacks_something(shop: SmallShop) -> None:
    first = shop.plan("cancel A1", "cancel_order", order_id="A1")
    plan = shop.plan(
        "no, I want to return A9, all of it", "return_items", pending=first, order_id="A9"
    )
    assert plan is not None
    assert plan.tool == "return_items"
    assert shop.plan("what is the weather?", "newsletter_subscription") is None


def test_a_refusal_names_its_rule_and_is_its_own_source(shop: SmallShop) -> None:
    plan = shop.plan("cancel A2, no longer needed", "cancel_order", order_id="A2")
    assert plan is not None
    assert (plan.state, plan.rule) == (ActionState.REFUSED, "cancel_pending")
    assert plan.source_ids == ("policy:cancel_pending",)
    assert plan.summary["en"] == "Order #A2 is processed; it can no longer be cancelled."
    assert "处理中" in plan.summary["zh"]


def agreed(shop: SmallShop) -> ActionPlan:
    plan = shop.plan("cancel A1, no longer needed", "cancel_order", order_id="A1")
    assert plan is not None
    assert plan.state == ActionState.NEEDS_YES
    return plan


def test_the_same_wish_has_the_same_key_and_is_done_once(shop: SmallShop) -> None:
    plan = agreed(shop)
    assert agreed(shop).key == plan.key
    assert shop.tools.carry_out(plan, ADA).state == ActionState.DONE
    assert shop.tools.carry_out(plan, ADA).state == ActionState.DONE
    order = shop.orders.order("#A1")
    assert order is not None
    assert len(order.payments) == 2  # paid, and back once
    entries = read_entries(shop.folder / "audit.sqlite")
    assert [(e.action, e.subject, e.actor) for e in entries] == [
        ("order.cancel_order", "#A1", "assist")
    ]
    assert entries[0].detail == {"key": plan.key, "proof": "server_key"}


def test_a_yes_of_somebody_else_does_nothing(shop: SmallShop) -> None:
    plan = agreed(shop)
    ben = Identity(visitor_id="v2", shopper_id="ben_ortiz", proof="server_key")
    for identity in (ben, NOBODY):
        done = shop.tools.carry_out(plan, identity)
        assert done.state == ActionState.REFUSED
    assert status(shop, "#A1") == OrderStatus.PENDING
    shop.tools.carry_out(plan, ADA)
    done = shop.tools.carry_out(plan, ben)  # nor does it say that it was done
    assert done.state != ActionState.DONE


def test_a_price_that_changed_after_the_summary_is_agreed_to_again(shop: SmallShop) -> None:
    plan = shop.plan("the shirt in blue", "change_items", order_id="A1")
    assert plan is not None
    product = shop.orders.product("100")
    assert product is not None
    dearer = tuple(
        v.model_copy(update={"price_minor": 9_999}) if v.variant_id == "1002" else v
        for v in product.variants
    )
    shop.orders.add(Batch(products=[product.model_copy(update={"variants": dearer})]))
    again = shop.tools.carry_out(plan, ADA)
    assert again.state == ActionState.NEEDS_YES
    assert again.key != plan.key
    assert "59.99 USD" in again.summary["en"]
    assert status(shop, "#A1") == OrderStatus.PENDING
    assert shop.tools.carry_out(again, ADA).state == ActionState.DONE


def test_what_cannot_be_audited_is_not_done(shop: SmallShop) -> None:
    class Full:
        def append(self, *_: object, **__: object) -> None:
            raise CannotWrite("the disk is full", fix="make room")

    plan = agreed(shop)
    shop.tools._audit = Full()
    assert shop.tools.carry_out(plan, ADA).state == ActionState.FAILED
    assert status(shop, "#A1") == OrderStatus.PENDING


def test_a_plan_that_is_none_is_not_carried_out(shop: SmallShop) -> None:
    plan = agreed(shop)
    for forged in (
        replace(plan, tool="delete_everything"),
        replace(plan, arguments={"order_id": "#A1"}),
        replace(plan, arguments={**plan.arguments, "reason": "too slow"}),
        replace(plan, arguments={**plan.arguments, "order_id": "#B1"}),
        replace(plan, key="1" * 32),
        replace(plan, state=ActionState.LACKS),
    ):
        assert shop.tools.carry_out(forged, ADA).state != ActionState.DONE
    assert shop.orders.count()["writes"] == 0


def test_status_is_told_with_facts_and_only_as_far_as_the_proof_goes(shop: SmallShop) -> None:
    asks = Understanding(language="en", intent="track_order", p_intent=1.0, order_id="A3")
    (passage,) = shop.tools.passages(shop.turn("where is A3?"), asks)
    assert passage.source_id == "order:#A3"
    assert passage.facts["status"] == "delivered"
    assert passage.facts["total"] == "250.00 USD"
    assert "1 Elm Street" in passage.facts["address"]
    assert "Visa card ending 1111" in passage.facts["payment"]
    assert all(fact in passage.text for name, fact in passage.facts.items() if name != "order_id")
    claims = replace(ADA, proof="email")
    assert shop.tools.passages(shop.turn("where is A3?", claims), asks) == ()
    browser = placed(shop, "v7", "#A3")
    assert shop.tools.passages(shop.turn("where is A3?", browser), asks)[0].facts == passage.facts
    other = replace(asks, order_id="A1")
    assert shop.tools.passages(shop.turn("where is A1?", browser), other) == ()
    newest = Understanding(language="zh", intent="track_order", p_intent=1.0)
    several = shop.tools.passages(shop.turn("我的订单呢"), newest)
    assert len(several) == 5
    assert several[0].text.startswith("订单 #A1 的状态是“待处理”")
