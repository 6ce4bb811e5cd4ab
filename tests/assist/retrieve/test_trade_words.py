"""Words of the trade are read as the knowledge writes them, and only where it has no words of the question's own."""

from __future__ import annotations

import pytest
from tests.assist.retrieve.small_shop import WordEncoder, entry, meant, turn

from baihuo.assist.retrieve.knowledge_index import KnowledgeIndex
from baihuo.assist.retrieve.retriever import Retriever
from baihuo.assist.retrieve.spelling import KnowledgeSpelling
from baihuo.assist.retrieve.trade_words import TradeWords, _groups
from baihuo.assist.turns import Author, Language
from baihuo.assist.understand.text_features import Sounds

ENGLISH = [
    "My payment failed. Money taken twice is returned within 3 working days.",
    "How much is the delivery fee? It is 12 CNY.",
    "Where do I enter a voucher? At checkout.",
]
CHINESE = ["支持哪些支付方式？支持支付宝和 Visa。", "重复扣款会在3个工作日内退回。", "怎么退货？"]


@pytest.mark.parametrize(
    ("language", "asked", "read"),
    [
        ("en", "I was charged twice!", "i was money taken twice!"),
        ("en", "how much is postage", "how much is delivery fee"),
        ("en", "my promo code does not work", "my voucher does not work"),
        ("en", "how much is the delivery fee", "how much is the delivery fee"),
        ("en", "is it gift wrapped", "is it gift wrapped"),  # nothing is known of it
        ("zh", "被扣了两次钱怎么办", "被重复扣款怎么办"),
        ("zh", "请问你们 accept Visa 吗", "请问你们 支持 visa 吗"),
        ("zh", "怎么 return", "怎么 退货"),
        ("zh", "怎么 returning", "怎么 returning"),
    ],
)
def test_a_phrase_is_read_as_the_entries_have_it(language: Language, asked: str, read: str) -> None:
    words = TradeWords.of(ENGLISH if language == "en" else CHINESE, language)
    assert words.read(asked) == read


def test_no_phrase_stands_in_two_groups() -> None:
    for language in ("en", "zh"):
        phrases = [p for group in _groups() for p in group.get(language, ())]
        assert len(phrases) == len(set(phrases)), sorted(p for p in phrases if phrases.count(p) > 1)
        assert all(p == p.lower().strip() for p in phrases)


def retriever() -> Retriever:
    entries = [
        entry("How much is postage?", "Within the country 12 CNY", source_id="faq:a/inland"),
        entry("Do you deliver abroad?", "To Singapore it is 60 CNY", source_id="faq:a/abroad"),
        entry("Where do I enter a voucher?", "At checkout", source_id="faq:a/voucher"),
        entry("How do I return shoes?", "In their box", source_id="faq:a/return"),
    ]
    texts = [f"{e.question} {e.answer}" for e in entries]
    index = KnowledgeIndex(
        entries,
        WordEncoder(),
        spelling=KnowledgeSpelling.of(texts, Sounds()),
        trade_words=TradeWords.of(texts, "en"),
    )
    return Retriever(indexes={"en": index})


def test_a_question_in_other_words_of_the_trade_is_found_as_in_the_shops() -> None:
    def p_of(text: str) -> float:
        found = retriever().find(turn(text), meant(text))
        return max((p.p_right or 0.0 for p in found if p.source_id == "faq:a/voucher"), default=0)

    assert p_of("promo code please") == pytest.approx(p_of("voucher please"))
    assert p_of("promo code please") > 3 * p_of("rebate please")


def test_what_goes_on_with_a_question_is_answered_by_what_names_what_is_new() -> None:
    asked = turn(
        "and to Singapore?",
        (Author.SHOPPER, "How much is postage?"),
        (Author.MACHINE, "Within the country 12 CNY"),
    )
    found = retriever().find(asked, meant("and to singapore?"))
    assert found[0].source_id == "faq:a/abroad"
