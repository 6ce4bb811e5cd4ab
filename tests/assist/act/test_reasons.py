"""A reason for cancelling, in the shopper's own words and language."""

from __future__ import annotations

import pytest
from tests.assist.act.small_shop import BELIEVES, NOBODY, small_shop

from baihuo.assist import ActionState
from baihuo.assist.act.reasons import reason_in, reason_of

REASONS = ["no longer needed", "ordered by mistake"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("dont need it anymore", REASONS[0]),
        ("I changed my mind", REASONS[0]),
        ("我想取消订单，不需要了", REASONS[0]),
        ("不想要了", REASONS[0]),
        ("sorry, bought the wrong size", REASONS[1]),
        ("拍错了 帮我取消吧", REASONS[1]),
        ("手滑下错单了", REASONS[1]),
        ("yes", None),
        ("I do not want to cancel", None),
        ("算了，还是不取消了", None),
        ("when does it arrive?", None),
    ],
)
def test_a_reason_in_ones_own_words(text: str, reason: str | None) -> None:
    assert reason_of(text, REASONS, was_asked=True) == reason


def test_the_shops_own_reasons_in_its_own_language() -> None:
    own = ["拍错", "不需要", "发货太慢"]
    assert reason_of("i ordered by mistake", own, was_asked=False) == "拍错"
    assert reason_of("发货太慢了", own, was_asked=False) == "发货太慢"
    assert reason_in("发货太慢", "en") == "发货太慢"


def test_a_chinese_shopper_reads_chinese_reasons(tmp_path_factory: pytest.TempPathFactory) -> None:
    with small_shop(tmp_path_factory.mktemp("shop")) as shop:
        plan = shop.plan("取消订单", "cancel_order", order_id="A1", language="zh")
        assert plan is not None
        assert plan.options == ("不需要了", "拍错了")
        plan = shop.plan("拍错了", pending=plan, language="zh")
        assert plan is not None
        assert plan.state is ActionState.NEEDS_YES
        assert "原因：拍错了" in plan.summary["zh"]
        assert plan.arguments["reason"] == "ordered by mistake"


def test_a_reason_is_kept_while_it_is_asked_who_somebody_is(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with small_shop(tmp_path_factory.mktemp("shop"), BELIEVES) as shop:
        plan = shop.plan("cancel A1, bought by mistake", "cancel_order", NOBODY, order_id="A1")
        assert plan is not None
        assert plan.lacks == "identity"
        plan = shop.plan("ada@example.com", pending=plan)  # who is identified meanwhile
        assert plan is not None
        assert (plan.state, plan.arguments["reason"]) == (ActionState.NEEDS_YES, REASONS[1])
