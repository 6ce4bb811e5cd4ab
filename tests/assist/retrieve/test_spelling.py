"""Questions as they are typed, read as the knowledge writes: slips, pinyin, and characters that sound alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.assist.retrieve.small_shop import WordEncoder, entry, meant, turn

from baihuo.assist.learning.chinese_sounds import sounds_for
from baihuo.assist.retrieve.knowledge_index import KnowledgeIndex
from baihuo.assist.retrieve.retriever import Retriever
from baihuo.assist.retrieve.spelling import KnowledgeSpelling

ZH = [
    entry("运费怎么算？", "满99元包邮，不满收运费8元。"),
    entry("退货运费谁出？", "商品有问题由我们承担，其他原因收取8元运费。"),
    entry("怎么开发票？", "签收后电子发票会发到您的邮箱。"),
    entry("发票可以开公司抬头吗？", "可以，结算时填写公司名称。"),
    entry("支持哪些支付方式？", "支持支付宝、微信支付和Visa。"),
    entry("什么时候发货？", "付款后当天发货。"),
]
EN = [
    entry("What is your return policy?", "Within 30 days."),
    entry("How long does delivery take?", "2 to 4 days with Kumo Express."),
]
ENGLISH = {"form", "quit", "dairy"}


@pytest.fixture(scope="module")
def chinese() -> KnowledgeSpelling:
    texts = [text for e in ZH for text in (e.question, e.answer)]
    return KnowledgeSpelling.of(texts, sounds_for(texts))


@pytest.fixture(scope="module")
def english() -> KnowledgeSpelling:
    texts = [text for e in EN for text in (e.question, e.answer)]
    return KnowledgeSpelling.of(texts, sounds_for(texts), ENGLISH.__contains__)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("tui huo yun fei shui chu", "退货运费谁出"),
        ("zenme kai fapiao", "怎么开发票"),
        ("shenmeshihou fahuo", "什么时候发货"),
        ("退货 yunfei 谁出", "退货 运费 谁出"),
        ("运废怎么算", "运费怎么算"),
        ("退活运费谁出", "退货运费谁出"),
        ("怎么开发瓢", "怎么开发票"),
    ],
)
def test_pinyin_and_characters_that_sound_alike_are_read(
    chinese: KnowledgeSpelling, typed: str, read: str
) -> None:
    assert chinese.read(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        *("请问 accept visa 吗", "iPhone 15 有货吗", "寄到乌鲁木齐要几天", "送人的能不放价格吗"),
        *(
            "hello",
            "xiang ni",
            "羽绒服能机洗吗",
            "W1000001",
            "mail to yunfei.duo@example.com",
            "😀",
            "",
        ),
        *("运" * 500, "yun " * 200),
    ],
)
def test_what_the_knowledge_does_not_say_stays_as_typed(
    chinese: KnowledgeSpelling, typed: str
) -> None:
    assert chinese.read(typed) == typed


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("waht is yor retrun polcy", "what is yor return policy"),
        ("how logn does delivry tkae", "how long does delivery take"),
        ("Quit the dairy form", "Quit the dairy form"),
        ("Kumo X2000 headset", "Kumo X2000 headset"),
    ],
)
def test_words_a_slip_away_are_read_and_words_of_the_language_stay(
    english: KnowledgeSpelling, typed: str, read: str
) -> None:
    assert english.read(typed) == read


def test_slips_of_past_shoppers_are_no_words() -> None:
    read = KnowledgeSpelling.of(
        ["What is your return policy?"], sounds_for([]), typed=["retrun it"]
    )
    assert read.read("retrun policy") == "return policy"


def test_a_question_in_pinyin_finds_its_answer(chinese: KnowledgeSpelling) -> None:
    index = KnowledgeIndex(ZH, WordEncoder(), spelling=chinese)
    retriever = Retriever(indexes={"zh": index})
    for typed in ("tui huo yun fei shui chu", "退活运费谁出"):
        first = retriever.find(turn(typed), replace(meant(typed), language="zh"))[0]
        assert first.text == ZH[1].answer
        assert (first.p_right or 0) > 0.7
