"""The summary of a conversation says only what was written in it."""

from __future__ import annotations

from pathlib import Path

from tests.assist.desk.conversations import NOW_US, begin, said, store_of

from baihuo.assist import DeskQueue, Sentence, Summary, summary_of


def summarised(folder: Path) -> Summary:
    store = store_of(folder)
    conversation = begin(store, "c")
    said(store, conversation, "1", "Hi", did="answer: greeting", sentence=Sentence(text="Hello!"))
    said(
        store,
        conversation,
        "2",
        "Does the kettle W boil milk?",
        sentence=Sentence(text="It boils water.", source_ids=("product:p5",)),
    )
    said(
        store,
        conversation,
        "3",
        "Where is order W7?",
        sentence=Sentence(text="It was sent.", source_ids=("order:W7#status",)),
    )
    said(
        store,
        conversation,
        "4",
        "When?",
        did="ask_back: unsure",
        sentence=Sentence(text="Please say more."),
    )
    said(
        store,
        conversation,
        "5",
        "When does it come? " + "I wait. " * 60,
        sentence=Sentence(text="Soon.", source_ids=("faq:2",)),
    )
    said(store, conversation, "6", "a person", did="hand_over: asked_for_person")
    queue = DeskQueue(folder / "conversations.sqlite", claim_us=1)
    return summary_of(
        store.conversation("c", at_us=NOW_US),
        store.messages("c"),
        queue.decisions("c"),
        queue.find("c", at_us=NOW_US).reason,
    )


def test_a_summary_has_the_first_and_the_last_questions_and_what_was_tried(tmp_path: Path) -> None:
    summary = summarised(tmp_path)
    assert summary.reason == "asked_for_person"
    assert summary.asked[:2] == ("Does the kettle W boil milk?", "When?")
    assert summary.asked[2].startswith("When does it come?")
    assert summary.asked[2].endswith("…")
    assert len(summary.asked[2]) == 200
    assert summary.order_ids == ("W7",)
    assert summary.product_ids == ("p5",)
    assert [(t.kind, t.text) for t in summary.tried] == [
        ("answer", "It was sent."),
        ("ask_back", "Please say more."),
        ("answer", "Soon."),
    ]
    assert summary.intent == "returns"


def test_every_text_of_a_summary_stands_in_the_conversation(tmp_path: Path) -> None:
    summary = summarised(tmp_path)
    written = "\n".join(m.message.text for m in store_of(tmp_path).messages("c"))
    for text in (*summary.asked, *(t.text for t in summary.tried)):
        assert text.removesuffix("…") in written


def test_who_calls_for_a_person_and_says_why_is_quoted(tmp_path: Path) -> None:
    store = store_of(tmp_path)
    text = "A person please, the kettle came broken"
    said(store, begin(store, "c"), "1", text, did="hand_over: asked_for_person")
    queue = DeskQueue(tmp_path / "conversations.sqlite", claim_us=1)
    conversation = store.conversation("c", at_us=NOW_US)
    summary = summary_of(
        conversation, store.messages("c"), queue.decisions("c"), "asked_for_person"
    )
    assert summary.asked == (text,)
    assert summary.tried == ()
