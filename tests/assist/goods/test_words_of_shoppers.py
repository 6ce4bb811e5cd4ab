"""What shoppers ask of a product, and how much they want to spend."""

from __future__ import annotations

import pytest

from baihuo.assist import (
    Conversation,
    Decision,
    DecisionKind,
    Identity,
    Passage,
    Sentence,
    Turn,
    Understanding,
)
from baihuo.assist.check.check import doubts_of
from baihuo.assist.compose.replies import compose
from baihuo.assist.goods.attributes import is_asked_for, name_in
from baihuo.assist.goods.budget import at_most
from baihuo.assist.goods.facts import GoodsPassages
from baihuo.core import Product


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("is this waterproof?", "Waterproof"),
        ("can I use it in the rain", "Waterproof"),
        ("这款防水吗", "防水"),
        ("how big is the screen", "Screen size"),
        ("容量多大", "Capacity"),
        ("能用多久 续航", "Playing time"),
        ("whats it made of", "Material"),
        ("啥材质的", "Material"),
        ("do you have it in XXL?", "Size"),
        ("what is the voltage", "Voltage"),
    ],
)
def test_a_question_names_the_attribute(text: str, name: str) -> None:
    assert is_asked_for(name, text)


@pytest.mark.parametrize("text", ["how much is shipping?", "运费多少", "where is my order"])
def test_a_question_about_something_else_names_none(text: str) -> None:
    assert not [n for n in ("Waterproof", "Capacity", "Material", "Size") if is_asked_for(n, text)]


def test_names_in_the_language_of_the_reply() -> None:
    assert name_in("Capacity", "zh") == "容量"
    assert name_in("Capacity", "en") == "Capacity"


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("a waterproof backpack under 200", 200),
        ("headphones below $49.50 please", 49.5),
        ("有没有500块以内的降噪耳机", 500),
        ("不超过300元的行李箱", 300),
        ("预算1000，想买台显示器", 1000),
        ("can you deliver within 3 days", None),
        ("a tent for 4 people", None),
        ("laptop under 2 kg", None),
    ],
)
def test_how_much_somebody_wants_to_spend(text: str, most: float | None) -> None:
    assert at_most(text)[0] == most


def test_who_looks_for_something_on_a_page_does_not_mean_its_product() -> None:
    asked: list[str] = []

    class Shop:
        def product(self, product_id: str) -> None:
            return None

        def search(self, text: str, **more: object) -> list[Product]:
            asked.append(text)
            return []

    goods = GoodsPassages(shelf=Shop(), clock=lambda: 0)
    text = "有没有500块以内的降噪耳机"
    conversation = Conversation(
        conversation_id="c", identity=Identity(visitor_id="v"), page_product_id="kettle-1"
    )
    turn = Turn(conversation=conversation, message_id="m", text=text, now_us=0)
    understood = Understanding(language="zh", product_id="kettle-1", query=f"铜叶 电热水壶 {text}")
    assert goods.find_products(turn, understood) == []
    assert asked == ["降噪耳机"]


HEADPHONES = Product(
    product_id="h1",
    title_en="Xinghe Wireless Headphones, 30h, White",
    title_zh="星河 无线头戴式耳机 30小时 白色",
    price_minor=24900,
    currency="CNY",
    category=("Audio", "Headphones"),
)


class Shelf:
    """A shop of one product, which every search finds."""

    def product(self, product_id: str) -> Product | None:
        return HEADPHONES if product_id == "h1" else None

    def search(self, text: str, **more: object) -> list[Product]:
        return [HEADPHONES]


def found(text: str, intent: str, page: str | None = None) -> list[Passage]:
    identity = Identity(visitor_id="v")
    conversation = Conversation(conversation_id="c", identity=identity, page_product_id=page)
    turn = Turn(conversation=conversation, message_id="m", text=text, now_us=0)
    understood = Understanding(language="en", intent=intent, p_intent=0.97, p_our_business=1.0)
    goods = GoodsPassages(shelf=Shelf(), clock=lambda: 0)
    return list(goods.find_products(turn, understood))


@pytest.mark.parametrize(
    "text", ["do you have waterproof headphones under 500", "waterproof headphones under 500"]
)
def test_a_question_of_a_product_where_none_is_before_the_shopper_looks_for_one(text: str) -> None:
    passages = found(text, "product_question")
    assert passages[0].p_right is not None
    assert passages[0].p_right >= 0.75
    assert passages[0].lacks == ("waterproof",)  # which no listing says


@pytest.mark.parametrize(
    ("text", "page"), [("is it waterproof and wireless", None), ("waterproof headphones?", "h1")]
)
def test_a_question_of_the_product_before_the_shopper_looks_for_none(
    text: str, page: str | None
) -> None:
    assert all((p.p_right or 0.0) < 0.75 for p in found(text, "product_question", page))


def test_tiles_say_which_word_of_the_shopper_no_listing_has() -> None:
    passages = tuple(found("do you have waterproof headphones", "product_question"))
    shown = Decision(kind=DecisionKind.SHOW_PRODUCTS, reason="described_product", passages=passages)
    conversation = Conversation(conversation_id="c", identity=Identity(visitor_id="v"))
    turn = Turn(conversation=conversation, message_id="m", text="", now_us=0)
    reply = compose(turn, Understanding(language="en"), shown)
    assert "(None of their listings says: waterproof.)" in [s.text for s in reply.sentences]


def test_a_word_of_the_shopper_that_we_repeat_is_no_evidence_for_it() -> None:
    passages = tuple(found("do you have waterproof headphones", "product_question"))
    ours = (
        Sentence(text="(None of their listings says: waterproof.)"),
        Sentence(text=passages[0].text, source_ids=(passages[0].source_id,)),
    )
    lie = Sentence(
        text="The Xinghe Wireless Headphones are waterproof and cost 249.00 CNY.",
        source_ids=(passages[0].source_id,),
    )
    assert list(doubts_of(lie, "en", passages, ours))
