"""A message without anything learned: language, yes and no, mood, order numbers, and what "it" refers to."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baihuo.assist import (
    ActionPlan,
    ActionState,
    Author,
    Conversation,
    Identity,
    Message,
    Turn,
    Understanding,
)
from baihuo.assist.understand.understander import Understander
from baihuo.core import BadInput

CONVERSATION = Conversation(conversation_id="c", identity=Identity(visitor_id="v"))
UNTRAINED = Understander.untrained()


def turn(text: str, conversation: Conversation = CONVERSATION) -> Turn:
    return Turn(conversation=conversation, message_id="m", text=text, now_us=0)


def read(text: str, conversation: Conversation = CONVERSATION) -> Understanding:
    return UNTRAINED.understand(turn(text, conversation))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("where is my order", "en"),
        ("我的订单在哪", "zh"),
        ("iPhone 15 Pro 有现货吗", "zh"),
        ("I bought 手机 here yesterday", "en"),
        ("12345", "en"),
        ("👍", "en"),
        ("", "en"),
        ("où est ma commande", "en"),
    ],
)
def test_the_script_decides_the_language(text: str, language: str) -> None:
    assert read(text).language == language


def test_a_message_without_words_is_in_the_language_of_the_page_or_of_earlier_messages() -> None:
    said = Message(message_id="1", author=Author.SHOPPER, text="有货吗", at_us=0)
    assert read("123", replace(CONVERSATION, language="zh")).language == "zh"
    assert read("👍", replace(CONVERSATION, messages=(said,))).language == "zh"


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "Yes please!",
        "yep",
        "yess",
        "suree",
        "Sure, go ahead",
        "ok",
        "OK, do it",
        "okay thanks",
        "no problem",
        "that's right",
        "yes, cancel it",
        "absolutly",
        "好的",
        "好的，谢谢",
        "可以",
        "嗯嗯",
        "对，没错",
        "确认",
        "行吧",
        "没问题",
        "👍",
    ],
)
def test_a_plain_yes(text: str) -> None:
    assert read(text).answers_yes is True


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "No thanks",
        "nope",
        "don't",
        "Please don’t do it",
        "no, I want the blue one",
        "never mind",
        "not now",
        "i changed my mind",
        "不用了",
        "不用了，谢谢",
        "不要",
        "算了",
        "先不要",
        "不，我要蓝色的",
        "不可以",
        "👎",
    ],
)
def test_a_no(text: str) -> None:
    assert read(text).answers_yes is False


@pytest.mark.parametrize(
    "text",
    [
        "yes but send it to another address",
        "ok but not the shoes",
        "not sure",
        "is that ok?",
        "yes?",
        "where is my order",
        "I don't know how to cancel it",
        "i no longer want order 123456",
        "no idea where my parcel is",
        "可以吗",
        "好不好",
        "不好意思，我想退货",
        "是不是今天到",
        "如果可以的话",
        "ok no",
        "👍👎",
        "maybe",
        "",
    ],
)
def test_what_is_no_plain_answer_changes_nothing(text: str) -> None:
    assert read(text).answers_yes is None


def test_a_yes_to_something_else_than_was_asked_is_none() -> None:
    pending = ActionPlan(tool="return_items", arguments={}, state=ActionState.NEEDS_YES)
    asked = replace(CONVERSATION, pending=pending)
    assert read("yes, return it", asked).answers_yes is True
    assert read("ok cancel it", asked).answers_yes is None
    assert read("好的，取消", asked).answers_yes is None


@pytest.mark.parametrize(
    "text",
    [
        "let me talk to a human",
        "I want to speak with a real person please",
        "agent",
        "can I chat with a representitive",
        "put me through to your manager",
        "转人工",
        "我要找人工客服",
        "有真人吗",
    ],
)
def test_asking_for_a_person(text: str) -> None:
    assert read(text).wants_person


@pytest.mark.parametrize(
    "text",
    [
        "is this a jacket for one person",
        "where is my order",
        "what does the representative sample contain",
        "人造革的吗",
        "客服说今天发货",
    ],
)
def test_a_word_for_a_person_alone_asks_for_none(text: str) -> None:
    assert not read(text).wants_person


@pytest.mark.parametrize(
    "text",
    [
        "this is fucking ridiculous",
        "WHERE IS MY ORDER, THIS IS THE WORST!!!",
        "you are scammers",
        "你们就是骗子",
        "太过分了，我要投诉你们",
        "垃圾店，再也不来了",
    ],
)
def test_anger(text: str) -> None:
    assert read(text).is_angry


@pytest.mark.parametrize(
    "text",
    [
        "where is my order",
        "the zip is broken",
        "颜色不对，想换一件",
        "DO YOU SHIP TO USA",
        "我不太喜欢",
        "有没有适合送妈妈的礼物",
        "他妈妈能穿吗",
        "有垃圾桶吗",
        "do you sell trash cans",
    ],
)
def test_a_complaint_in_plain_words_is_no_anger(text: str) -> None:
    assert not read(text).is_angry


@pytest.mark.parametrize(
    ("text", "order_id"),
    [
        ("where is order 4711", "4711"),
        ("cancel #W2611340", "#W2611340"),
        ("订单号：20240001234到哪了", "20240001234"),
        ("my purchase 113542617735902 please", "113542617735902"),
        ("order no. AB-482913", "AB-482913"),
        ("is o8de7051803f on its way", "o8de7051803f"),
        ("where is it", None),
        ("I paid $149900 for it", None),
        ("check invoice #12588", None),
        ("2 pieces of the 500 ml bottle", None),
    ],
)
def test_order_numbers_without_a_pattern(text: str, order_id: str | None) -> None:
    assert read(text).order_id == order_id


def test_a_shop_says_how_its_order_numbers_look() -> None:
    own = Understander.untrained(order_patterns=[r"#?W\d{7}"])
    found = own.understand(turn("is w2611340 or 12345678 mine"))
    assert [(e.kind, e.value, e.start, e.end) for e in found.entities] == [
        ("order_id", "w2611340", 3, 11)
    ]


@pytest.mark.parametrize("pattern", ["(", ".*", ""])
def test_a_bad_pattern_is_named(pattern: str) -> None:
    with pytest.raises(BadInput, match="order_patterns"):
        Understander.untrained(order_patterns=[pattern])


def test_a_number_alone_is_an_order_number_where_one_was_asked_for() -> None:
    assert read("4711").order_id is None
    assert read("4711", replace(CONVERSATION, asked="order_id")).order_id == "4711"


def test_this_is_the_product_of_the_page_and_it_what_was_last_spoken_of() -> None:
    page = replace(
        CONVERSATION, page_product_id="p1", mentioned={"product_id": "p2", "order_id": "9"}
    )
    assert read("does this come in blue?", page).product_id == "p1"
    assert read("does it come in blue?", page).product_id == "p2"
    assert read("what sizes are available", page).product_id == "p1"
    assert read("这个有蓝色的吗", page).product_id == "p1"
    assert read("那款多少钱", page).product_id == "p2"
    assert read("how do I reset my password", page).product_id is None
    assert read("when does my order arrive", page).order_id == "9"
    assert read("包裹到哪了", page).order_id == "9"
    assert read("and order 123456", page).order_id == "123456"
    assert read("does it fit", replace(CONVERSATION, page_product_id="p1")).product_id == "p1"


def test_the_query_has_the_title_of_what_is_meant() -> None:
    known = Understander.untrained(title_of=lambda product_id, language: f"Boots {product_id}")
    page = replace(CONVERSATION, page_product_id="7")
    assert (
        known.understand(turn("Is this  waterproof?", page)).query == "Boots 7 is this waterproof?"
    )
    assert known.understand(turn("opening hours", page)).query == "opening hours"


def test_nothing_learned_is_no_intent() -> None:
    understood = read("cancel my order")
    assert (understood.intent, understood.intents, understood.p_our_business) == ("", (), 1.0)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_and_entities_stand_where_they_say(text: str) -> None:
    understood = read(text)
    assert understood.language in ("en", "zh")
    for entity in understood.entities:
        assert text[entity.start : entity.end] == entity.value


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "订",
        "1",
        " ",
        "<",
        "<b>",
        "😀",
        "\x00",
        "‮",
        "é",
        "no ",
        "order 1",
        "是",
        "!",
        "\ud800",
        "مرحبا ",
        "(((",
        "1-",
    ],
)
def test_a_long_message_costs_no_more_than_ten_times_one_of_a_tenth(piece: str) -> None:
    def cpu_s(n: int) -> float:
        text = (piece * n)[:n]
        start = time.process_time()
        read(text)
        return time.process_time() - start

    read("warm up 订单")
    assert cpu_s(10_000) < max(10 * cpu_s(1_000), 0.1)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("查一下obe21be3cc1f", "zh"),
        ("o090bb18c2a5什么情况", "zh"),
        ("where is obe21be3cc1f", "en"),
        ("邮箱是ada123456@example.com", "zh"),
    ],
)
def test_a_number_of_an_order_is_in_no_language(text: str, language: str) -> None:
    from baihuo.assist.understand.language import language_of

    assert language_of(text) == language


@pytest.mark.parametrize("address", ["wang19880312@example.com", "exam-5eb2aa737ff@example.com"])
def test_numbers_in_an_e_mail_address_are_no_orders(address: str) -> None:
    from baihuo.assist.understand.order_ids import OrderIds

    assert OrderIds.of().find(f"my email is {address}") == ()
