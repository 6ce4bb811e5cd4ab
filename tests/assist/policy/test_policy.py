"""Policies that a shop writes: windows by category, dates, own words, and what is wrong in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

import baihuo
from baihuo.assist import (
    Address,
    Identity,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    PaymentMethod,
    Policy,
    Ruling,
    Shopper,
    Situation,
    write_from,
)
from baihuo.core import BadInput

DAY_US = 86_400_000_000
NOW_US = 1_800_000_000_000_000
EXAMPLES = Path(baihuo.__file__).parents[2] / "docs/example"


def item(variant_id: str, *category: str) -> OrderItem:
    return OrderItem(
        variant_id=variant_id, product_id="p", title=variant_id, price_minor=100, category=category
    )


def situation(
    *items: OrderItem, days_ago: float | None = 1, ordered_days_ago: float = 3
) -> Situation:
    shopper = Shopper(
        shopper_id="s",
        payment_methods=(PaymentMethod(payment_method_id="card"),),
        address=Address(line1="a 1", city="b", country="c", postal_code="1"),
    )
    order = Order(
        order_id="1",
        shopper_id="s",
        status=OrderStatus.DELIVERED,
        currency="EUR",
        items=items or (item("v"),),
        payments=(Payment(kind="payment", amount_minor=100, payment_method_id="card"),),
        ordered_at_us=int(NOW_US - ordered_days_ago * DAY_US),
        delivered_at_us=None if days_ago is None else int(NOW_US - days_ago * DAY_US),
    )
    return Situation(shopper=shopper, order=order)


def policy(text: str, folder: Path) -> Policy:
    path = folder / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    return Policy.of(path)


def returned(rules: Policy, now: Situation, *variant_ids: str) -> Ruling:
    arguments = {
        "order_id": "1",
        "variant_ids": variant_ids or ("v",),
        "payment_method_id": "card",
    }
    return rules.judge(write_from("return_items", arguments), now, NOW_US)


def test_without_a_file_the_default_policy_holds(tmp_path: Path) -> None:
    rules = Policy.of(tmp_path / "policy.yaml")
    assert returned(rules, situation(days_ago=30)).is_allowed
    late = returned(rules, situation(days_ago=30.1))
    assert (late.is_allowed, late.rule) == (False, "return_window")


def test_the_shortest_window_of_a_category_counts(tmp_path: Path) -> None:
    rules = policy(
        "returns:\n  window_days: 30\n  windows:\n"
        "  - {category: Electronics, days: 14}\n  - {category: phones, days: 7}\n  - {category: Food, days: 0}\n",
        tmp_path,
    )
    phone, shirt = item("v", "Electronics", "Phones"), item("w", "Clothes")
    assert not returned(rules, situation(phone, shirt, days_ago=8)).is_allowed
    assert returned(rules, situation(phone, shirt, days_ago=8), "w").is_allowed
    assert not returned(rules, situation(phone, shirt, days_ago=8), "w", "v").is_allowed
    food = returned(rules, situation(item("v", "Food"), days_ago=0))
    assert food.rule == "return_window"


def test_an_unknown_day_of_delivery_is_as_the_policy_says(tmp_path: Path) -> None:
    assert not returned(policy("", tmp_path), situation(days_ago=None)).is_allowed
    allows = policy("returns: {unknown_delivery: allow}", tmp_path)
    assert returned(allows, situation(days_ago=None)).is_allowed
    no_limit = policy("returns: {window_days: null}", tmp_path)
    assert returned(no_limit, situation(days_ago=None)).is_allowed


WINDOWS = "{window_days: 30, windows: [{category: Food, days: 0}, {category: Electronics, days: 14, also: [数字家园]}]}"


@pytest.mark.parametrize(
    ("of", "days_ago", "en", "zh"),
    [
        (
            "Clothes",
            31.5,
            "it was delivered 31 days ago, and the time for it is 30 days.",
            "已送达31天",
        ),
        (
            "Electronics",
            15,
            "delivered 15 days ago, and the time for it is 14 days.",
            "送达后14天内",
        ),
        ("Food", 1, "goods of the category Food are not", "“Food”类商品不支持"),
        ("Clothes", None, "its day of delivery is not known to us", "没有它的送达日期"),
    ],
)
@pytest.mark.parametrize("write", ["return_items", "exchange_items"])
def test_a_refusal_names_the_one_cause_that_holds(
    write: str, of: str, days_ago: float | None, en: str, zh: str, tmp_path: Path
) -> None:
    rules = policy(f"returns: {WINDOWS}\nexchange: {WINDOWS}\n", tmp_path)
    arguments = {"order_id": "1", "variant_ids": ["v"], "payment_method_id": "card"}
    arguments |= {"new_variant_ids": ["v"]} if write == "exchange_items" else {}
    now = situation(item("v", of), days_ago=days_ago)
    ruling = rules.judge(write_from(write, arguments), now, NOW_US)
    assert ruling.rule == write.removesuffix("_items") + "_window"
    assert en in ruling.texts["en"]
    assert zh in ruling.texts["zh"]
    causes = ("it was delivered", "not known", "are not taken back", "are not exchanged")
    assert sum(cause in ruling.texts["en"] for cause in causes) == 1


def test_a_category_is_known_by_its_name_in_either_language(tmp_path: Path) -> None:
    rules = policy(f"returns: {WINDOWS}\n", tmp_path)
    for name in ("电子产品", "数字家园", "electronics"):
        assert not returned(rules, situation(item("v", name), days_ago=15)).is_allowed, name
    assert returned(rules, situation(item("v", "衣服"), days_ago=15)).is_allowed
    assert not returned(rules, situation(item("v", "食品"), days_ago=0)).is_allowed


def test_a_cause_has_words_of_the_shop_too(tmp_path: Path) -> None:
    rules = policy(
        "texts:\n  return_window: {en: 'No.'}\n  return_window.never: {en: '{category} stays with you.'}\n"
        f"returns: {WINDOWS}\n",
        tmp_path,
    )
    assert returned(rules, situation(item("v", "Food"))).texts["en"] == "Food stays with you."
    assert returned(rules, situation(item("v", "Clothes"), days_ago=40)).texts["en"] == "No."


def test_an_order_is_cancelled_only_so_long_after_it_was_ordered(tmp_path: Path) -> None:
    rules = policy("cancel: {within_hours: 24, statuses: [delivered]}", tmp_path)
    write = write_from("cancel_order", {"order_id": "1", "reason": ""})
    assert rules.judge(write, situation(ordered_days_ago=0.9), NOW_US).is_allowed
    late = rules.judge(write, situation(ordered_days_ago=1.1), NOW_US)
    assert late.rule == "cancel_in_time"
    assert "24" in late.texts["zh"]


def test_a_shop_puts_a_rule_in_its_own_words(tmp_path: Path) -> None:
    rules = policy(
        "texts:\n  return_window: {en: '{item} came {days} days ago or more, sorry.'}\nreturns: {window_days: 3}\n",
        tmp_path,
    )
    ruling = returned(rules, situation(days_ago=5))
    assert ruling.texts["en"] == "v came 3 days ago or more, sorry."
    assert "退货" in ruling.texts["zh"]


def test_a_proof_opens_what_the_policy_says(tmp_path: Path) -> None:
    rules = policy("telling: {orders: [visitor_token, email], address: [email]}", tmp_path)
    token = Identity(visitor_id="v", shopper_id="s", proof="visitor_token")
    email = Identity(visitor_id="v", shopper_id="s", proof="email")
    nobody = Identity(visitor_id="v", proof="email")
    assert rules.may_be_told(token, "orders")
    assert not rules.may_be_told(token, "address")
    assert rules.may_be_told(email, "address")
    assert not rules.may_be_told(nobody, "orders")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "returns: {window_days: -1}",
            r"line 1: returns\.window_days: .*greater than or equal to 0.*-1",
        ),
        ("returns: {window_days: soon}", r"returns\.window_days: .*valid integer.*'soon'"),
        ("\ncancel:\n  statuses: [pendin]", r"line 3: cancel\.statuses\.0: .*'pending'.*'pendin'"),
        ("cancle: {}", "(?s)cancle.*did you mean 'cancel'"),
        ("returns: {refund_to: [cash]}", r"returns\.refund_to\.0.*'original'.*'cash'"),
        ("returns: {refund_to: []}", r"returns\.refund_to.*at least 1"),
        (
            "returns: {windows: [{category: A, days: 3}, {category: a, days: 4}]}",
            "'a' has two windows; keep one",
        ),
        ("payments: {refund_days: [7, 5]}", "7 to 5 days go backwards; write the smaller first"),
        ("texts: {return_windo: {en: x}}", "no rule 'return_windo'; did you mean 'return_window'"),
        (
            "texts: {own_order: {en: 'order {owner}'}}",
            r"\{owner\} is nothing that a text can name; it can name category, days",
        ),
        ("texts: {own_order: {en: 'order {'}}", "texts.own_order.en"),
        ("telling: {orders: [phone]}", r"telling\.orders\.0.*'visitor_token'"),
        ("version: 2", "version"),
        ("- cancel", "not a list of settings"),
        ("cancel: {statuses: [pending", "not YAML"),
    ],
)
def test_a_wrong_value_is_named_with_its_line_its_setting_and_a_fix(
    text: str, says: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=says) as error:
        policy(text, tmp_path)
    assert "policy.yaml, line" in error.value.what
    assert error.value.fix


def test_the_policy_of_taubench_in_the_documentation_can_be_used() -> None:
    settings = Policy.of(EXAMPLES / "taubench_policy.yaml").settings
    assert not settings.exchange.same_variant
    assert settings.returns.window_days is None


def test_a_refusal_says_nothing_of_an_order_of_somebody_else() -> None:
    """Word for word the same as for an order that there is not."""
    rules, theirs = Policy(), situation()
    stranger = theirs.shopper.model_copy(update={"shopper_id": "t"})  # type: ignore[union-attr]
    write = write_from("cancel_order", {"order_id": "1", "reason": ""})
    other = rules.judge(write, Situation(shopper=stranger, order=theirs.order), NOW_US)
    none = rules.judge(write, Situation(shopper=stranger, order=None), NOW_US)
    assert other == none
    assert other.rule == "own_order"
