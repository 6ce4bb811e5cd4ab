"""What serving decided about an event is written once, and stays when the event is sealed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from baihuo.core import Event, EventType
from baihuo.events import Belief, EventLog, Opening

EVENTS = [
    Event(
        event_id=f"e{i}",
        event_type=EventType.CLICK,
        visitor_id="v",
        product_id="p",
        occurred_at_us=i,
        received_at_us=i,
    )
    for i in range(1, 7)
]
BELIEFS = {"e2": Belief.DOUBTED, "e5": Belief.DOUBTED, "e6": Belief.VOUCHED}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    log = EventLog(tmp_path / "log.sqlite")
    log.submit(EVENTS, beliefs=BELIEFS).result()
    yield log
    log.close()


def believed(log: EventLog) -> list[Belief]:
    return [belief for _, _, belief in log.tail_with_beliefs(0)]


def test_what_was_decided_holds_for_every_reader_before_and_after_sealing(
    log: EventLog, tmp_path: Path
) -> None:
    log.decide([2, 3], to_seq=4)
    decided = [Belief.COUNTED, Belief.HELD_BACK, Belief.HELD_BACK, Belief.COUNTED]
    assert believed(log) == [*decided, Belief.DOUBTED, Belief.VOUCHED]
    log.decide([5], to_seq=6)
    log.seal(tmp_path / "raw")
    assert believed(log) == [*decided, Belief.HELD_BACK, Belief.COUNTED]
    assert log.held_back(after_seq=2) == {"e3", "e5"}


def test_what_one_worker_decided_no_other_one_changes(log: EventLog) -> None:
    other = EventLog(log.path)
    log.decide([2], to_seq=3)
    other.decide([1, 3, 4], to_seq=4)
    other.decide([], to_seq=2)
    assert log.held_back(after_seq=0) == other.held_back(after_seq=0) == {"e2", "e4"}
    other.close()


def test_a_log_of_an_earlier_version_takes_decisions(log: EventLog) -> None:
    with sqlite3.connect(log.path) as old:
        old.executescript("DROP TABLE held_back; DROP TABLE decided; DROP TABLE openings")
    assert believed(log)[1] is Belief.DOUBTED
    assert log.held_back(after_seq=0) == frozenset()
    assert log.opening("b", since_us=0) is None
    log.decide([1], to_seq=1)
    assert log.held_back(after_seq=0) == {"e1"}


def test_the_features_that_serve_are_those_that_were_made_last(log: EventLog) -> None:
    for opening in (Opening(10, 2, 5), Opening(11, 2, 5), Opening(20, 4, 15), Opening(21, 4, 15)):
        log.opened("b", opening)
    log.opened("other", Opening(30, 6, 25))
    assert log.opening("b", since_us=0) == Opening(20, 4, 15)
    assert log.opening("b", since_us=25) is None
