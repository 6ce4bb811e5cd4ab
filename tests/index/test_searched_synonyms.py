"""Words that mean the same are learned from visits in which shoppers put a search otherwise; chance and other wishes teach nothing."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from tests.index._shop import asked, bags

from baihuo.core import Event, EventType, Product, events_to_table
from baihuo.engine import DuckTables
from baihuo.index import Generation, Thresholds, answer_set, build, with_clicked_words
from baihuo.index.searched_synonyms import changed_part

WORDS = ("mouse", "keyboard", "drill", "speaker", "doorbell")
VALUES = ("snappy", "gliding", "brindled", "woven")  # what titles say
SYNONYMS = {
    "zorful": "snappy",
    "quimpy": "gliding",
}  # what some shoppers type: no word of any language
NONE = "flarby"  # typed by many, each of whom goes on to something else


def catalogue() -> list[Product]:
    return [
        Product(product_id=f"{value}-{word}-{i}", title_en=f"Acme X{i} {value} {word}")
        for word in WORDS
        for value in VALUES
        for i in range(2)
    ]


class Visits:
    """A log of visits: searches one after the other, the last with a click."""

    def __init__(self, seed: int = 7) -> None:
        self.events: list[Event] = []
        self.random = random.Random(seed)

    def visit(self, visitor: str, *texts: str, clicked: str | None, minutes: float = 1.0) -> None:
        start = len(self.events) * 7_200_000_000
        for step, text in enumerate(texts):
            at = start + int(step * minutes * 60e6)
            query_id = f"q{len(self.events)}"
            types: list[tuple[EventType, str | None]] = [(EventType.SEARCH, None)]
            if step == len(texts) - 1 and clicked is not None:
                types.append((EventType.CLICK, clicked))
            for event_type, product in types:
                self.events.append(
                    Event(
                        event_id=f"e{len(self.events)}",
                        event_type=event_type,
                        visitor_id=visitor,
                        session_id=f"s-{visitor}",
                        occurred_at_us=at,
                        received_at_us=at,
                        query_id=query_id,
                        query_text=text,
                        product_id=product,
                        surface="search",
                    )
                )

    def usual(self) -> None:
        """People who go from one thing to another, and from one value to another."""
        for n in range(120):
            word, other = self.random.sample(WORDS, 2)
            value, second = self.random.sample(VALUES, 2)
            texts = [
                f"{value} {word}",
                self.random.choice([f"{second} {word}", f"{value} {other}"]),
            ]
            self.visit(f"usual-{n}", *texts, clicked=f"{value}-{word}-0")

    def said_otherwise(self, typed: str, value: str, n: int, *, clicked: bool = True) -> None:
        for i in range(n):
            word = self.random.choice(WORDS)
            product = f"{value}-{word}-0" if clicked else None
            self.visit(f"{typed}-{i}", f"{typed} {word}", f"{value} {word}", clicked=product)


def learned(out: Path, log: Visits) -> Generation:
    folder = build(catalogue(), encoders=bags(), cache=None, out=out)
    events = events_to_table(log.events)
    made = with_clicked_words(folder, tables=DuckTables(), events=events, encoders=bags())
    return Generation.open(made, bags())


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    log = Visits()
    log.usual()
    for typed, value in SYNONYMS.items():
        log.said_otherwise(typed, value, 12)
    for i, value in enumerate(VALUES * 4):
        log.visit(f"none-{i}", f"{NONE} mouse", f"{value} mouse", clicked=f"{value}-mouse-0")
    log.said_otherwise("rarely", "woven", 4)  # too few
    log.said_otherwise("emptily", "woven", 12, clicked=False)  # they found nothing
    return learned(tmp_path_factory.mktemp("visits"), log)


def test_the_true_pairs_are_learned_and_no_others(shop: Generation) -> None:
    found = {p.word: p.also for p in shop.lexicon.read_as.values() if p.source == "visits"}
    assert found == {"zor": "snappy", "quimpi": "gliding"}


@pytest.mark.parametrize(("typed", "value"), SYNONYMS.items())
def test_a_search_with_it_finds_what_was_meant(shop: Generation, typed: str, value: str) -> None:
    answer = answer_set(shop, asked(f"{typed} speaker"), Thresholds(calibrations={}))
    first = [str(shop.product_ids[r]) for r in answer.rows[:2]]
    assert sorted(first) == [f"{value}-speaker-0", f"{value}-speaker-1"]
    assert answer.notes == (f"read_as:{typed}:{value}",)


def test_the_evidence_is_in_a_file_for_people(tmp_path: Path) -> None:
    log = Visits()
    log.usual()
    log.said_otherwise("zorful", "snappy", 12)
    learned(tmp_path, log)
    (file,) = tmp_path.glob("*/searched_synonyms.json")
    assert json.loads(file.read_text("utf-8")) == [
        {"word": "zor", "also": "snappy", "n_titles": 12, "agreement": 1.0, "source": "visits"}
    ]


def test_who_comes_back_later_says_nothing(tmp_path: Path) -> None:
    log = Visits()
    log.usual()
    for i in range(12):
        texts = ("zorful mouse", "snappy mouse")
        log.visit(f"late-{i}", *texts, clicked="snappy-mouse-0", minutes=30)
    assert not [p for p in learned(tmp_path, log).lexicon.read_as.values() if p.source == "visits"]


@pytest.mark.parametrize(
    ("text", "next_text", "change"),
    [
        ("cordless mouse", "wireless mouse", ("cordless", "wireless")),
        ("red cordless mouse", "red wireless mouse", ("cordless", "wireless")),
        ("无绳鼠标", "无线鼠标", ("无绳", "无线")),
        ("mouse", "keyboard", None),
        ("mouse", "wireless mouse", None),
        ("a b c d e f", "a g h i j f", None),
        ("", "mouse", None),
        ("mouse", "mouse", None),
    ],
)
def test_what_was_changed(text: str, next_text: str, change: tuple[str, str] | None) -> None:
    assert changed_part(text, next_text) == change
