"""What comes after each product, from clean events to a product page's table."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.train.conftest import Words

from baihuo.bundle import Bundle, NextItems, write
from baihuo.core import Event, EventType, Product
from baihuo.core.tables import events_to_table, products_to_table
from baihuo.encode import Encoders
from baihuo.engine import DuckTables
from baihuo.index import Generation, build
from baihuo.train import Learned, NextItemTraining, train_next_items
from baihuo.train.next_item.sequences import VisitorSteps, read_steps

DAY_US = 86_400_000_000
NOW_US = 1_750_000_000_000_000
N_KINDS, N_OF_KIND = 8, 5
KINDS = ("tent", "stove", "lamp", "rope", "boots", "flask", "map", "knife")
QUICK = NextItemTraining(models={"purchase_ranker": {"n_trees": 40}}, max_steps=800, longest=1)


def product(kind: int, number: int) -> Product:
    return Product(
        product_id=f"{KINDS[kind]}-{number}",
        title_en=f"{KINDS[kind]} number{number}",
        brand=f"brand{number % 2}",
        category=("Outdoor", KINDS[kind]),
    )


class EnglishWords(Words):
    name = "minilm"


PRODUCTS = [product(kind, number) for kind in range(N_KINDS) for number in range(N_OF_KIND)]


def event(
    visitor: str, product_id: str, at_us: int, kind: EventType = EventType.CLICK, key: str = ""
) -> Event:
    return Event(
        event_id=f"{visitor}-{at_us}-{key or product_id}",
        event_type=kind,
        visitor_id=visitor,
        product_id=product_id,
        occurred_at_us=NOW_US,  # clocks of visitors say nothing
        received_at_us=at_us,
    )


def walkers(n: int) -> list[Event]:
    """From a product of a kind to one of the next kind and the same brand, mostly."""
    rng = np.random.default_rng(1)
    events = []
    for v in range(n):
        kind, brand = int(rng.integers(N_KINDS)), int(rng.integers(2))
        start_us = NOW_US - int(rng.integers(60 * DAY_US))
        for step in range(6):
            number = brand + 2 * int(rng.integers(2)) if rng.random() < 0.9 else 4
            events.append(
                event(
                    f"v{v}", f"{KINDS[kind]}-{number}", start_us + step * 60_000_000, key=str(step)
                )
            )
            kind = (kind + 1) % N_KINDS
    return events


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    encoders = Encoders({"minilm": EnglishWords()})
    out = tmp_path_factory.mktemp("index")
    return Generation.open(build(PRODUCTS, encoders=encoders, cache=None, out=out), encoders)


@pytest.fixture(scope="module")
def read(generation: Generation) -> Callable[[list[Event]], VisitorSteps]:
    def steps(events: list[Event]) -> VisitorSteps:
        return read_steps(
            DuckTables(),
            generation,
            events=events_to_table(events),
            products=products_to_table(PRODUCTS),
        )

    return steps


def learned(generation: Generation, events: list[Event]) -> Learned:
    return train_next_items(
        DuckTables(),
        generation,
        events=events_to_table(events),
        products=products_to_table(PRODUCTS),
        training=QUICK,
        threads=1,
    )


@pytest.fixture(scope="module")
def result(generation: Generation) -> Learned:
    return learned(generation, walkers(500))


def names(steps: VisitorSteps) -> list[list[str]]:
    return [[str(steps.product_ids[i]) for i in s] for s in steps.before(NOW_US)]


def test_steps_stand_in_the_order_of_receipt_and_repeats_count_once(
    read: Callable[[list[Event]], VisitorSteps],
) -> None:
    events = [
        event("a", "lamp-1", 40),
        event("a", "tent-1", 10),
        event("a", "tent-1", 20, EventType.ADD_TO_CART),
        event("a", "rope-1", 30, EventType.PURCHASE),
        event("a", "stove-1", 25, EventType.IMPRESSION),
        event("a", "nobody knows it", 35),
        event("b", "map-1", 15),
        event("b", "gone", 16),
        event("b", "map-1", 17),
        event("b", "map-2", 18),
        event("alone", "map-3", 18),
    ]
    assert names(read(events)) == [["tent-1", "rope-1", "lamp-1"], ["map-1", "map-2"]]


def test_what_is_received_after_the_cut_is_in_no_history(
    read: Callable[[list[Event]], VisitorSteps],
) -> None:
    steps = read([event("a", f"map-{i}", 10 * i) for i in range(5)])
    known = steps.before(30)
    assert [steps.product_ids[i] for i in known.items] == ["map-0", "map-1", "map-2"]
    before, came, _ = steps.pairs_since(30)
    assert steps.product_ids[before].tolist() == ["map-2", "map-3"]
    assert steps.product_ids[came].tolist() == ["map-3", "map-4"]


def test_left_out_products_leave_no_gap_between_repeats(
    read: Callable[[list[Event]], VisitorSteps],
) -> None:
    steps = read(
        [event("a", p, i) for i, p in enumerate(("map-1", "map-2", "map-1", "map-3"), start=1)]
    )
    number = {str(p): i for i, p in enumerate(steps.product_ids)}
    kept = np.sort(np.array([number["map-1"], number["map-3"]]))
    assert names(steps.with_items(kept)) == [["map-1", "map-3"]]


def test_the_next_kind_of_the_same_brand_comes_first_also_after_reading_the_bundle(
    result: Learned, tmp_path: Path
) -> None:
    opened = NextItems.open(Bundle.open(tmp_path / write(tmp_path, result.parts)))
    assert opened is not None
    right = 0
    for kind in range(N_KINDS):
        for number in range(4):
            after = opened.of(f"{KINDS[kind]}-{number}")
            assert after is not None
            assert f"{KINDS[kind]}-{number}" not in after
            following = KINDS[(kind + 1) % N_KINDS]
            right += set(after[:2]) == {
                f"{following}-{number % 2}",
                f"{following}-{number % 2 + 2}",
            }
    assert right >= 0.9 * N_KINDS * 4


def test_the_newest_steps_say_how_good_it_is_beside_its_baselines(result: Learned) -> None:
    by_system = {line["system"]: line for line in result.report["judged"]}
    assert list(by_system) == ["popularity", "ease", "mix", "baihuo"]
    ours = by_system["baihuo"]
    # Nine of ten steps go to two of 40 products; popularity names ten of 40 by chance.
    assert ours["recall10"] > 0.85
    assert ours["vs"]["popularity"]["low"] > 0
    assert by_system["popularity"]["recall10"] < 0.5
    assert ours["n"] > 200


def test_too_few_visitors_give_no_table_and_the_reason(generation: Generation) -> None:
    for events in ([], walkers(20)):
        nothing = learned(generation, events)
        assert nothing.parts == {}
        assert "fewer than 200" in nothing.report["why_not"]


def test_an_order_that_the_plain_mix_surely_beats_is_not_released(
    generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from baihuo.models.trees import Trees

    scores = Trees.scores
    monkeypatch.setattr(Trees, "scores", lambda self, matrix, **more: -scores(self, matrix, **more))
    upside_down = learned(generation, walkers(500))
    assert upside_down.parts == {}
    assert upside_down.report["why_not"] == "the plain mix of its sources is better"
    assert upside_down.report["judged"]
