"""The queue: who waits longest, and that two people never have the same conversation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.assist.desk.conversations import (
    MINUTE_US,
    NOW_US,
    begin,
    handed_over,
    said,
    store_of,
)

from baihuo.assist import ConversationStore, DeskQueue, NotClaimed
from baihuo.core import Conflict, NotFound

CLAIM_US = 15 * MINUTE_US


@pytest.fixture
def store(tmp_path: Path) -> ConversationStore:
    return store_of(tmp_path)


@pytest.fixture
def queue(store: ConversationStore, tmp_path: Path) -> DeskQueue:
    return DeskQueue(tmp_path / "conversations.sqlite", claim_us=CLAIM_US)


def test_who_waits_longest_comes_first_and_who_was_answered_last(
    store: ConversationStore, queue: DeskQueue
) -> None:
    late = handed_over(store, "late", at_us=NOW_US + MINUTE_US)
    handed_over(store, "early", at_us=NOW_US)
    handed_over(store, "answered", at_us=NOW_US - MINUTE_US)
    store.add_from_desk("answered", "d-1", "It is on its way.", at_us=NOW_US + 1)
    said(store, begin(store, "with the machine"), "m", "Hello")
    found = queue.waiting(at_us=NOW_US + 2 * MINUTE_US)
    assert [one.conversation_id for one in found] == ["early", "late", "answered"]
    assert found[2].waiting_since_us is None
    assert found[0].waiting_since_us == NOW_US + 1
    assert (found[0].reason, found[0].last_text) == ("two_failures", "Where is my parcel?")
    said(store, late, "late-2", "Hello?", at_us=NOW_US + 3 * MINUTE_US, did="hand_over: with_desk")
    assert queue.find("late", at_us=NOW_US).waiting_since_us == NOW_US + MINUTE_US + 1


def test_who_asked_for_a_person_is_shown_by_the_question_before_that(
    store: ConversationStore, queue: DeskQueue
) -> None:
    """A queue of "a person, please" says nothing of what anybody wants; who said nothing else is shown by it."""
    wants = "hand_over: asked_for_person"
    asks = begin(store, "asks")
    said(store, asks, "m1", "How long may I keep headphones?")
    said(store, asks, "m2", "I want a person", at_us=NOW_US + 1, did=wants)
    said(store, begin(store, "only"), "m3", "A person, please", at_us=NOW_US + 2, did=wants)
    found = queue.waiting(at_us=NOW_US + MINUTE_US)
    assert [one.last_text for one in found] == [
        "How long may I keep headphones?",
        "A person, please",
    ]
    said(store, asks, "m4", "Over-ear ones", at_us=NOW_US + 3, did="hand_over: with_desk")
    assert queue.find("asks", at_us=NOW_US + MINUTE_US).last_text == "Over-ear ones"


def test_who_writes_after_an_answer_waits_from_then_on(
    store: ConversationStore, queue: DeskQueue
) -> None:
    conversation = handed_over(store, "c")
    store.add_from_desk("c", "d-1", "Which order?", at_us=NOW_US + MINUTE_US)
    for n in (2, 3):
        said(
            store,
            conversation,
            f"m{n}",
            f"W{n}",
            at_us=NOW_US + n * MINUTE_US,
            did="hand_over: with_desk",
        )
    assert queue.find("c", at_us=NOW_US).waiting_since_us == NOW_US + 2 * MINUTE_US


def test_one_of_many_who_take_a_conversation_at_once_gets_it(
    store: ConversationStore, tmp_path: Path
) -> None:
    handed_over(store, "c")
    queues = [DeskQueue(tmp_path / "conversations.sqlite", claim_us=CLAIM_US) for _ in range(8)]

    def take(n: int) -> bool:
        try:
            queues[n].claim("c", f"person {n}", at_us=NOW_US)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(take, range(8))) == 1


def test_a_claim_ends_with_its_time_and_lasts_longer_with_each_act(
    store: ConversationStore, queue: DeskQueue
) -> None:
    handed_over(store, "c")
    queue.claim("c", "ann", at_us=NOW_US)
    with pytest.raises(Conflict, match="ann"):
        queue.claim("c", "bob", at_us=NOW_US + CLAIM_US - 1)
    queue.keep("c", "ann", at_us=NOW_US + 10 * MINUTE_US)
    with pytest.raises(Conflict):
        queue.claim("c", "bob", at_us=NOW_US + CLAIM_US + 1)
    assert queue.find("c", at_us=NOW_US + 26 * MINUTE_US).claimed_by is None
    queue.claim("c", "bob", at_us=NOW_US + 26 * MINUTE_US)
    with pytest.raises(NotClaimed, match="bob took"):
        queue.keep("c", "ann", at_us=NOW_US + 26 * MINUTE_US)


def test_a_claim_whose_time_is_up_holds_until_somebody_else_takes_it(
    store: ConversationStore, queue: DeskQueue
) -> None:
    handed_over(store, "c")
    queue.claim("c", "ann", at_us=NOW_US)
    queue.keep("c", "ann", at_us=NOW_US + 60 * MINUTE_US)  # wrote for an hour; nobody else came
    assert queue.find("c", at_us=NOW_US + 61 * MINUTE_US).claimed_by == "ann"


def test_given_back_or_closed_only_by_who_has_it(
    store: ConversationStore, queue: DeskQueue
) -> None:
    conversation = handed_over(store, "c")
    with pytest.raises(NotClaimed, match="not taken"):
        queue.release("c", "ann")
    with pytest.raises(NotClaimed, match="not taken"):
        queue.close_conversation("c", "ann", at_us=NOW_US)
    queue.claim("c", "ann", at_us=NOW_US)
    queue.release("c", "ann")
    queue.claim("c", "bob", at_us=NOW_US)
    queue.close_conversation("c", "bob", at_us=NOW_US)
    assert not queue.waiting(at_us=NOW_US)
    assert not store.conversation("c", at_us=NOW_US).is_handed_over
    with pytest.raises(NotFound, match="closed"):
        queue.claim("c", "bob", at_us=NOW_US)
    said(store, conversation, "again", "It broke", did="hand_over: angry", at_us=NOW_US + 9)
    assert queue.find("c", at_us=NOW_US).claimed_by is None


def test_a_conversation_that_nobody_handed_over_is_not_at_the_desk(
    store: ConversationStore, queue: DeskQueue
) -> None:
    begin(store, "c")
    for name in ("c", "none"):
        with pytest.raises(NotFound):
            queue.find(name, at_us=NOW_US)
