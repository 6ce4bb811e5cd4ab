"""What a person sends becomes a judged pair, once, masked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tests.assist.desk.conversations import NOW_US, handed_over, said, store_of

from baihuo.assist import (
    Author,
    Desk,
    DeskQueue,
    Draft,
    JudgedPairs,
    NotClaimed,
    Passage,
    PassageKind,
    Suggester,
    Turn,
    Understanding,
    WrittenMeanwhile,
    forget_judged_pairs,
    forget_old_judged_pairs,
    read_judged_pairs,
    suggested_answers,
)
from baihuo.core import BadInput

JUDGED_PAIRS = "desk.sqlite"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    store = store_of(tmp_path)
    handed_over(store, "c", text="Where is my parcel? Call 138 1234 5678")
    queue = DeskQueue(tmp_path / "conversations.sqlite", claim_us=900_000_000)
    queue.claim("c", "ann", at_us=NOW_US)
    return Desk(store, queue, JudgedPairs(tmp_path / JUDGED_PAIRS, store.masked))


def draft(desk: Desk, text: str, **values: str) -> Draft:
    newest = desk.store.messages("c")[-1].seq
    return Draft(conversation_id="c", message_id="d-1", text=text, seen_seq=newest, **values)


def test_an_answer_reaches_the_shopper_and_is_a_pair_with_the_question(
    desk: Desk, tmp_path: Path
) -> None:
    once = draft(desk, "  It arrives on Monday.\r\nCall 138 1234 5678.  ")
    assert desk.send(once, "ann", at_us=NOW_US + 5).is_new_pair
    assert not desk.send(once, "ann", at_us=NOW_US + 6).is_new_pair  # a double click
    newest = [m.message for m in desk.store.messages("c") if m.message.author is Author.DESK]
    assert [m.text for m in newest] == ["It arrives on Monday.\nCall ⟨phone⟩."]
    (pair,) = read_judged_pairs(tmp_path / JUDGED_PAIRS)
    assert pair.question == "Where is my parcel? Call ⟨phone⟩"
    assert (pair.kind, pair.by, pair.source_id, pair.at_us) == ("sent", "ann", "", NOW_US + 5)
    assert "138 1234" not in str(pair)


@pytest.mark.parametrize(
    ("text", "kind", "suggested"),
    [
        ("It  takes two days.", "sent", ""),  # white space is no correction
        ("It takes three days.", "corrected", "It takes two days."),
    ],
)
def test_a_suggestion_that_is_changed_is_a_correction(
    desk: Desk, tmp_path: Path, text: str, kind: str, suggested: str
) -> None:
    sent = draft(desk, text, source_id="faq:7", suggested="It takes two days.")
    assert desk.send(sent, "ann", at_us=NOW_US).kind == kind
    (pair,) = read_judged_pairs(tmp_path / JUDGED_PAIRS)
    assert (pair.kind, pair.source_id, pair.suggested) == (kind, "faq:7", suggested)
    assert desk.store.messages("c")[-1].message.source_ids == ("faq:7",)


def test_nothing_is_sent_past_what_the_shopper_wrote_meanwhile(desk: Desk) -> None:
    written = draft(desk, "It arrives on Monday.")
    conversation = desk.store.conversation("c", at_us=NOW_US)
    said(desk.store, conversation, "m2", "Forget it, cancel it", did="hand_over: with_desk")
    with pytest.raises(WrittenMeanwhile):
        desk.send(written, "ann", at_us=NOW_US)
    assert all(m.message.author is not Author.DESK for m in desk.store.messages("c"))


def test_who_does_not_have_the_conversation_sends_and_rejects_nothing(
    desk: Desk, tmp_path: Path
) -> None:
    with pytest.raises(NotClaimed):
        desk.send(draft(desk, "Hello"), "bob", at_us=NOW_US)
    with pytest.raises(NotClaimed):
        desk.reject("c", "bob", source_id="faq:1", text="No", at_us=NOW_US)
    assert read_judged_pairs(tmp_path / JUDGED_PAIRS) == []


@pytest.mark.parametrize("text", ["", " \n ", "x" * 4_001])
def test_an_empty_or_endless_answer_is_refused(desk: Desk, text: str) -> None:
    with pytest.raises(BadInput, match="the answer"):
        desk.send(draft(desk, text), "ann", at_us=NOW_US)


class Two:
    """Finds the same text from two sources, and another."""

    def find(self, turn: Turn, understanding: Understanding) -> tuple[Passage, ...]:
        return tuple(
            Passage(
                source_id=f"faq:{n}",
                kind=PassageKind.FAQ,
                text="Two days." if n < 2 else "Three days.",
                language="en",
                as_of_us=0,
            )
            for n in range(3)
        )


def test_a_rejected_suggestion_is_a_pair_once_and_is_not_suggested_again(
    desk: Desk, tmp_path: Path
) -> None:
    found = suggested_answers(
        desk.store.conversation("c", at_us=NOW_US),
        *("c-1", "Where?", Suggester(Two())),
        now_us=NOW_US,
        most=5,
    )
    assert [s.source_id for s in found] == ["faq:0", "faq:2"]
    for _ in range(2):
        desk.reject("c", "ann", source_id="faq:0", text="Two days.", at_us=NOW_US)
    (pair,) = read_judged_pairs(tmp_path / JUDGED_PAIRS)
    assert (pair.kind, pair.answer) == ("rejected", "Two days.")
    assert desk.pairs.rejected("c") == {("c-1", "faq:0")}


def test_pairs_of_a_visitor_who_is_forgotten_leave_no_bytes(desk: Desk, tmp_path: Path) -> None:
    desk.send(draft(desk, "A telltale answer"), "ann", at_us=NOW_US)
    file = tmp_path / JUDGED_PAIRS
    notes: list[dict[str, Counter[str]]] = []
    forget_old_judged_pairs(file, NOW_US, notes.append)
    assert len(read_judged_pairs(file)) == 1  # not older
    forget_judged_pairs(file, ["v-c", "other"], notes.append)
    assert [list(of.values()) for of in notes] == [[{"v-c": 1}]]
    assert read_judged_pairs(file) == []
    for path in tmp_path.glob(f"{JUDGED_PAIRS}*"):
        assert b"telltale" not in path.read_bytes()
    forget_judged_pairs(tmp_path / "none.sqlite", ["v-c"], notes.append)
    assert not (tmp_path / "none.sqlite").exists()


def test_old_pairs_run_out(desk: Desk, tmp_path: Path) -> None:
    desk.send(draft(desk, "An answer"), "ann", at_us=NOW_US)
    notes: list[dict[str, Counter[str]]] = []
    forget_old_judged_pairs(tmp_path / JUDGED_PAIRS, NOW_US + 1, notes.append)
    assert [list(of.values()) for of in notes] == [[{"": 1}]]
    assert read_judged_pairs(tmp_path / JUDGED_PAIRS) == []
