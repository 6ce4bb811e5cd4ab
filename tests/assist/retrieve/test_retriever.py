"""Passages that answer a turn: of the right question, language and product, and none for what the shop does not know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from tests.assist.retrieve.small_shop import WordEncoder, entry, meant, turn

from baihuo.assist.decide import DEFAULT_THRESHOLDS, decide
from baihuo.assist.knowledge.entries import KnowledgeEntry
from baihuo.assist.retrieve.context import context_of
from baihuo.assist.retrieve.knowledge_index import KnowledgeIndex
from baihuo.assist.retrieve.postings_search import MOST_READ, PostingsSearch
from baihuo.assist.retrieve.retriever import Retriever, context_of_turn
from baihuo.assist.retrieve.spelling import KnowledgeSpelling
from baihuo.assist.turns import (
    Author,
    Decision,
    Language,
    Passage,
    PassageKind,
    Turn,
    Understanding,
)
from baihuo.assist.understand.text_features import Sounds

ENTRIES = [
    entry("How long can I return an order?", "Within 30 days."),
    entry("How do I change the delivery address?", "In your account, until it is sent."),
    entry("Which cards do you take?", "Visa and UnionPay."),
    entry("Is it waterproof?", "Yes, to a metre.", product_id="p1"),
    entry("多久可以退货", "三十天之内。"),
]


@pytest.fixture
def retriever() -> Retriever:
    encoder = WordEncoder()
    languages: tuple[Language, ...] = ("en", "zh")
    indexes = {
        n: KnowledgeIndex([e for e in ENTRIES if e.language == n], encoder) for n in languages
    }
    return Retriever(indexes=indexes)


def texts(passages: Sequence[Passage]) -> list[str]:
    return [p.text for p in passages]


def test_a_question_in_other_words_finds_its_answer_with_its_source(retriever: Retriever) -> None:
    text = "can i return my order, and how long"
    first, *others = retriever.find(turn(text), meant(text))
    assert first.text == "Within 30 days."
    assert first.source_id == "faq:a/How long can I return an order?"
    assert first.p_right is not None
    assert first.p_right > 0.5
    assert all(p.p_right is not None and p.p_right < first.p_right for p in others)


def test_what_the_shop_does_not_know_has_a_low_probability(retriever: Retriever) -> None:
    text = "sing me something about the moon"
    assert all((p.p_right or 0) < 0.3 for p in retriever.find(turn(text), meant(text)))


def test_an_answer_is_in_the_language_of_the_question(retriever: Retriever) -> None:
    text = "多久可以退货呢"
    assert texts(retriever.find(turn(text), meant(text))) == ["三十天之内。"]


def test_an_entry_of_a_product_answers_for_that_product_alone(retriever: Retriever) -> None:
    text = "is it waterproof?"
    assert "Yes, to a metre." not in texts(retriever.find(turn(text), meant(text)))
    assert "Yes, to a metre." not in texts(retriever.find(turn(text), meant(text, product_id="p2")))
    assert texts(retriever.find(turn(text), meant(text, product_id="p1")))[0] == "Yes, to a metre."


def test_what_it_refers_to_is_searched_for_when_the_stage_before_filled_it_in(
    retriever: Retriever,
) -> None:
    found = retriever.find(turn("and that?"), meant("and that?", query="change delivery address"))
    assert found[0].text.startswith("In your account")


def test_several_wishes_are_encoded_together(
    retriever: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode, calls = WordEncoder.encode, []

    def counted(self: WordEncoder, said: Sequence[str], **more: Any) -> Any:
        calls.append(list(said))
        return encode(self, said, **more)

    monkeypatch.setattr(WordEncoder, "encode", counted)
    wishes = ("how long can i return an order", "which cards do you take")
    text = "; ".join(wishes)
    found = retriever.find(turn(text), meant(text, wishes=wishes))
    assert {"Within 30 days.", "Visa and UnionPay."} <= set(texts([p for p in found if p.wish]))
    assert calls == [[text, *wishes]]


def test_wishes_with_slips_are_encoded_once_as_they_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entries = [e for e in ENTRIES if e.language == "en"]
    written = [text for e in entries for text in (e.question, e.answer)]
    spelling = KnowledgeSpelling.of(written, Sounds(), {"and"}.__contains__)
    index = KnowledgeIndex(entries, WordEncoder(), spelling=spelling)
    encode, calls = WordEncoder.encode, []

    def counted(self: WordEncoder, said: Sequence[str], **more: Any) -> Any:
        calls.append(list(said))
        return encode(self, said, **more)

    monkeypatch.setattr(WordEncoder, "encode", counted)
    wishes = ("how long can i retunr an order", "which cards do you take")
    text = "; ".join(wishes)
    Retriever(indexes={"en": index}).find(turn(text), meant(text, wishes=wishes))
    assert calls == [[t.replace("retunr", "return") for t in (text, *wishes)]]


def test_nothing_typed_and_nothing_known_find_nothing(retriever: Retriever) -> None:
    assert retriever.find(turn("  "), meant("a")) == ()
    assert Retriever().find(turn("return?"), meant("a")) == ()
    assert (
        Retriever(indexes={"en": KnowledgeIndex([], WordEncoder())}).find(
            turn("return?"), meant("a")
        )
        == ()
    )


@pytest.mark.parametrize(
    "text",
    ["🙂🙂", "?", pytest.param("a" * 10_000, id="long"), "<b>return</b> 退货", "\u200b.\u0000"],
)
def test_no_text_breaks_it(retriever: Retriever, text: str) -> None:
    retriever.find(turn(text), meant(text))


def test_products_keep_the_order_of_the_search_page_and_facts_of_the_product_come_first() -> None:
    def product(name: str) -> Passage:
        return Passage(
            source_id=f"product:{name}",
            kind=PassageKind.PRODUCT,
            text=name,
            language="en",
            as_of_us=1,
        )

    def search(_turn: Turn, _meant: Understanding) -> list[Passage]:
        return [product(n) for n in ("p3", "p1", "p2")]

    retriever = Retriever(find_products=search, of_product=lambda i, _: [product(i)], n_products=3)
    found = retriever.find(turn("a red kettle"), meant("a", product_id="p1"))
    assert texts(found) == ["p1", "p3", "p2"]


def test_the_same_answer_is_given_once() -> None:
    twice = [entry("Can I pay by card?", "Yes."), entry("Do you take a card?", "Yes.")]
    retriever = Retriever(indexes={"en": KnowledgeIndex(twice, WordEncoder())})
    assert texts(retriever.find(turn("pay by card?"), meant("a"))) == ["Yes."]


def test_the_context_has_the_last_messages_by_who_wrote_them() -> None:
    before = [(Author.SHOPPER, "hi"), (Author.MACHINE, "hello"), (Author.SHOPPER, "a kettle")]
    context = context_of_turn(turn("in blue?", *before), "in blue?")
    assert (context.last, context.asked, context.replied, context.earlier) == (
        "in blue?",
        "a kettle in blue?",
        "hello",
        "hi",
    )
    assert context_of([]).text == ""


def test_a_large_shop_finds_a_question_by_its_vector_lists_and_words() -> None:
    words = [f"w{n}" for n in range(900)]
    rng = np.random.default_rng(3)
    entries = [
        entry(" ".join(rng.choice(words, 6)), f"answer {n}", source_id=f"faq:a/{n}")
        for n in range(4_500)
    ]
    index = KnowledgeIndex(entries, WordEncoder())
    for at in range(0, 4_500, 450):
        asked = entries[at].question
        found = index.search(asked, context_of([(asked, False)]), 3)
        assert found.at[0] == at
        assert found.p_right[0] > 0.9


def test_a_word_that_every_entry_has_is_not_read_to_its_end() -> None:
    n = MOST_READ * 3
    entries = PostingsSearch.of(_terms([["every", f"rare{i}"] for i in range(n)]))
    from baihuo.assist.retrieve.flat_terms import buckets_of

    assert list(entries.best(buckets_of(["every", f"rare{n - 1}"])[0], 5)) == [n - 1]
    assert len(entries.best(buckets_of(["every"])[0], 5)) == 5
    assert not len(entries.best(buckets_of(["never"])[0], 5))


def _terms(documents: list[list[str]]):  # type: ignore[no-untyped-def]
    from baihuo.assist.retrieve.flat_terms import FlatTerms, buckets_of

    return FlatTerms.of([buckets_of(d) for d in documents])


@pytest.mark.parametrize(
    "said",
    [
        "One moment please. Within the country it is 12 CNY, abroad 60 CNY.",
        "Within the country it is 12 CNY",
    ],
)
def test_what_a_person_added_to_or_cut_from_an_answer_of_the_faq_is_said_in_its_words(
    said: str,
) -> None:
    ours = "Within the country it is 12 CNY, abroad 60 CNY."
    entries = [
        entry("How much is postage?", ours, source_id="faq:a/postage"),
        entry(
            "what do i pay for sending it to my aunt",
            said,
            source_id="answer:b/1",
            kind=PassageKind.ANSWER,
        ),
        entry("How do I return shoes?", "In their box", source_id="faq:a/return"),
    ]
    retriever = Retriever(indexes={"en": KnowledgeIndex(entries, WordEncoder())})
    text = "what do i pay for sending it to my aunt, the postage"
    found = retriever.find(turn(text), meant(text))
    assert (found[0].source_id, found[0].text) == ("faq:a/postage", ours)
    assert said not in [p.text for p in found]


def test_the_shops_own_words_come_before_what_people_once_answered() -> None:
    asked = "can i pay when it arrives"
    past = [
        entry(asked, f"Yes you can, {n}.", source_id=f"answer:b/{n}", kind=PassageKind.ANSWER)
        for n in range(60)
    ]
    faq = [
        entry("Can I pay on delivery, when it arrives?", "No, you pay when you order."),
        entry("How do I return shoes?", "In their box."),
        entry("Where are you?", "In Leeds."),
    ]
    retriever = Retriever(indexes={"en": KnowledgeIndex([*past, *faq], WordEncoder())})

    def decided(text: str) -> Decision:
        understanding = meant(text)
        passages = retriever.find(turn(text), understanding)
        return decide(turn(text), understanding, passages, None, DEFAULT_THRESHOLDS)

    decision = decided(asked)
    assert PassageKind.ANSWER not in {p.kind for p in decision.passages}
    assert "No, you pay when you order." in [*texts(decision.passages), *_answers(decision, faq)]
    # where the shop says nothing of it, a past answer fills the gap
    only = KnowledgeIndex([*past[:1], *faq[1:]], WordEncoder())
    retriever = Retriever(indexes={"en": only})
    assert texts(decided(asked).passages) == ["Yes you can, 0."]


def _answers(decision: Decision, faq: list[KnowledgeEntry]) -> list[str]:
    """Of the questions that are offered."""
    return [e.answer for e in faq if e.question in decision.options]
