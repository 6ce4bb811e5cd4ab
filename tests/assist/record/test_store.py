"""The file of conversations: held by one turn at a time, read by its end, counted, and read again after a kill."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from baihuo.assist import (
    ActionPlan,
    ActionState,
    AssistParts,
    Conversation,
    ConversationStore,
    FeedbackKind,
    Identity,
    Passage,
    PassageKind,
    QueueLimits,
    Service,
    Turn,
    Understanding,
    read_outcomes,
)
from baihuo.core import Conflict, NotFound

MINUTE_US = 60_000_000
DAY_US = 1_440 * MINUTE_US
ANSWER = Passage(
    source_id="faq:1",
    kind=PassageKind.FAQ,
    text="Two days.",
    language="en",
    as_of_us=0,
    question="How long does delivery take?",
    p_right=0.9,
)


class Clock:
    def __init__(self) -> None:
        self.now_us = 1_000 * DAY_US

    def __call__(self) -> int:
        return self.now_us


class Answers:
    """Finds the one answer there is, after a while."""

    def __init__(self, waits_s: float = 0.0) -> None:
        self.waits_s, self.n = waits_s, 0

    def find(self, turn: Turn, understanding: Understanding) -> tuple[Passage, ...]:
        self.n += 1
        time.sleep(self.waits_s)
        return (ANSWER,) if "deliver" in turn.text else ()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "8-assist" / "conversations.sqlite"


@pytest.fixture
def store(file: Path) -> Iterator[ConversationStore]:
    store = ConversationStore(file)
    yield store
    store.close()


def service_of(store: ConversationStore, clock: Clock, finds: Answers | None = None) -> Service:
    parts = AssistParts(retriever=finds or Answers())
    return Service(store, lambda: parts, clock=clock)


def begun(service: Service, conversation_id: str = "c", visitor: str = "v") -> str:
    identity = Identity(visitor_id=visitor)
    service.start(Conversation(conversation_id=conversation_id, identity=identity))
    return conversation_id


def test_two_messages_of_one_conversation_are_answered_one_after_the_other(
    store: ConversationStore, clock: Clock
) -> None:
    finds = Answers(waits_s=0.2)
    service = service_of(store, clock, finds)
    begun(service)
    said: dict[str, str] = {}

    def say(message_id: str) -> None:
        said[message_id] = service.say("c", message_id, "delivery?").reply.text

    threads = [threading.Thread(target=say, args=(m,)) for m in ("m1", "m2", "m2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == {"m1": "Two days.", "m2": "Two days."}
    assert finds.n == 2, "a message that came twice at once was answered twice"
    assert len(store.messages("c")) == 4


def test_a_turn_whose_worker_was_killed_is_made_again(
    store: ConversationStore, clock: Clock
) -> None:
    service = service_of(store, clock)
    begun(service)
    store.begin("c", "m1", "delivery?", at_us=clock())  # and nothing more
    parts = AssistParts(reply_s=0.1)
    with pytest.raises(Conflict, match="is being answered"):
        Service(store, lambda: parts, clock=clock).say("c", "m1", "delivery?")
    clock.now_us += MINUTE_US
    assert service.say("c", "m1", "delivery?").reply.text == "Two days."
    assert [m.message.message_id for m in store.messages("c")] == ["m1", "m1:reply"]


def test_a_turn_costs_the_same_after_a_thousand(store: ConversationStore, clock: Clock) -> None:
    service = service_of(store, clock)
    begun(service)
    for i in range(500):
        store.add_from_desk("c", f"d{i}", f"message {i}", at_us=clock() + i)
    read = store.conversation("c", at_us=clock())
    assert len(read.messages) == 12
    assert read.messages[-1].text == "message 499"


def test_a_plan_waits_for_its_yes_half_an_hour_and_its_address_is_then_gone(
    store: ConversationStore, clock: Clock, file: Path
) -> None:
    plan = ActionPlan(
        tool="change_address",
        arguments={"address": {"line1": "12 Quxby Lane"}},
        state=ActionState.NEEDS_YES,
        key="k",
        summary={"en": "I would send it to 12 Quxby Lane."},
    )

    class Plans:
        def plan(self, turn: Turn, understanding: Understanding) -> ActionPlan | None:
            return plan if "Quxby" in turn.text else None

        def carry_out(self, agreed: ActionPlan, identity: Identity) -> ActionPlan:
            return replace(agreed, state=ActionState.DONE, summary={"en": "Done."})

        def passages(self, turn: Turn, understanding: Understanding) -> tuple[Passage, ...]:
            return ()

    masked = ConversationStore(file, lambda text: text.replace("12 Quxby Lane", "⟨address⟩"))
    parts = AssistParts(tools=Plans())
    service = Service(masked, lambda: parts, clock=clock)
    begun(service)
    asked = service.say("c", "m1", "send it to 12 Quxby Lane")
    assert "12 Quxby Lane" in asked.reply.text
    assert masked.conversation("c", at_us=clock()).pending == plan
    assert masked.conversation("c", at_us=clock() + 31 * MINUTE_US).pending is None
    assert service.say("c", "m2", "yes").reply.text == "Done."
    masked.close()
    assert b"Quxby" not in file.read_bytes()


def test_what_was_asked_again_within_a_day_was_no_good_answer(
    store: ConversationStore, clock: Clock, file: Path
) -> None:
    service = service_of(store, clock)
    begun(service, "c1")
    service.say("c1", "m1", "How long does the delivery take?")
    clock.now_us += 60 * MINUTE_US
    begun(service, "c2")
    service.say("c2", "m1", "how long does delivery take??")
    clock.now_us += 2 * DAY_US
    begun(service, "c3")
    service.say("c3", "m1", "how long does delivery take??")
    outcomes = read_outcomes(file, since_us=0, at_us=clock())
    assert outcomes is not None
    assert outcomes.wrong_answers == {"": (1, 3)}


def test_outcomes_are_counted_by_conversation(
    store: ConversationStore, clock: Clock, file: Path
) -> None:
    service = service_of(store, clock)
    for i in range(4):
        begun(service, f"c{i}", f"v{i}")
        service.say(f"c{i}", "m1", "delivery?")
    begun(service, "silent", "v9")  # opened, and nothing was said
    service.say("c3", "m2", "I want to talk to a person")
    store.add_feedback("c0", FeedbackKind.RESOLVED, at_us=clock())
    store.add_feedback("c1", FeedbackKind.NOT_RESOLVED, at_us=clock())
    clock.now_us += DAY_US
    outcomes = read_outcomes(file, since_us=0, at_us=clock())
    assert outcomes is not None
    assert (outcomes.n_conversations, outcomes.n_turns) == (4, 5)
    assert (outcomes.n_handed_over, outcomes.n_waiting) == (1, 1)
    assert outcomes.resolution_rate == 0.5
    assert outcomes.deflection == 0.5  # c0 and c2 of four


def test_an_unknown_conversation_is_named(store: ConversationStore, clock: Clock) -> None:
    with pytest.raises(NotFound, match="no such conversation"):
        service_of(store, clock).say("none", "m1", "hello")


def test_who_reads_the_file_needs_no_server(store: ConversationStore, file: Path) -> None:
    assert sqlite3.connect(file).execute("PRAGMA user_version").fetchone() == (1,)


def test_one_visitor_or_address_has_few_places_at_the_desk_until_it_closes_their_conversations(
    file: Path,
) -> None:
    def begun(name: str, visitor_id: str) -> str:
        conversation = Conversation(
            conversation_id=name, identity=Identity(visitor_id=visitor_id), language="en"
        )
        workers[0].start(conversation, at_us=DAY_US)
        return name

    limits = QueueLimits(by_visitor=2, by_address=3)
    workers = [
        ConversationStore(file, limits=limits, hashed=lambda a: f"h-{a[::-1]}") for _ in "ab"
    ]
    address = "203.0.113.9"

    def joins(name: str, *, address: str = address, at_us: int = DAY_US) -> bool:
        return workers[len(name) % 2].join_queue(name, address=address, at_us=at_us)

    assert all(joins(begun(name, "ann")) for name in ("a1", "a2x"))
    assert not joins(begun("a3", "ann"), address="203.0.113.77")
    assert joins("a1")  # has its place
    assert joins(begun("b1", "bob"))
    assert not joins(begun("c1", "cat"))
    assert joins("c1", address="203.0.113.78")
    assert joins(begun("d1", "dan"), address="")  # the shop's own server
    assert joins(begun("d2x", "eve"), address="")
    with sqlite3.connect(file) as db:
        db.execute("UPDATE conversations SET closed_at_us = 1 WHERE conversation_id = 'b1'")
    assert joins(begun("e1", "fay"))
    assert not joins(begun("e2x", "gus"))
    assert joins("e2x", at_us=2 * DAY_US + 1)
    for worker in workers:
        worker.close()
    assert address.encode() not in b"".join(f.read_bytes() for f in file.parent.iterdir())
