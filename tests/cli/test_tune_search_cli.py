"""``baihuo tune search``: it finds a rule that people or clicks follow, and leaves searches alone where there is none."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from baihuo import flow, index
from baihuo.catalog import Catalog
from baihuo.cli.app import app
from baihuo.core import Event, EventType, Product, Query, ShopPaths, Surface
from baihuo.core.tables import events_to_table
from baihuo.encode import Encoders
from baihuo.index import TUNED_FILE, Thresholds, answer_set
from baihuo.settings import Shop

AT_US = 1_750_000_000_000_000
N_QUERIES = 30
SYLLABLES = ("ba", "ke", "mi", "do", "lu", "za", "ne", "vi", "ro", "ta")


def word(number: int) -> str:
    digits = f"{number:04d}"
    return "".join(SYLLABLES[int(d)] for d in digits)


def words_of(query: int) -> list[str]:
    return [word(query * 8 + i) for i in range(4)]


def products() -> Iterator[Product]:
    """Of a query's four words, long titles have all among many others, short ones three and nothing else."""
    for q in range(N_QUERIES):
        for i in range(3):
            others = " ".join(word(4_000 + (q * 3 + i) * 14 + j) for j in range(14))
            for name, title in (
                ("all", f"{' '.join(words_of(q))} {others}"),
                ("three", f"{' '.join(words_of(q)[:3])} {word(3_000 + q * 3 + i)}"),
            ):
                yield Product(
                    product_id=f"{name}{q}-{i}", title_en=title, price_minor=100, currency="EUR"
                )


def build(shop: Path, linked_encoders: Callable[[Path], Path]) -> None:
    made = list(products())
    catalog = Catalog(ShopPaths(shop).catalog)
    catalog.upsert(made, is_import=True)
    catalog.close()
    encoders = linked_encoders(ShopPaths(shop).encoders)
    index.build(made, encoders=Encoders.open(encoders), cache=None, out=ShopPaths(shop).index)


@pytest.fixture(autouse=True)
def once_through_the_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not three times, and of each weight two others: a rule that every query follows is as sure then."""
    monkeypatch.setattr("baihuo.train.search.tuning.choosing._FACTORS", (0.0, 4.0))
    for module in ("nested", "tune_search"):
        monkeypatch.setattr(f"baihuo.train.search.tuning.{module}.REPEATS", 1)


@pytest.fixture(scope="session")
def made(made_once: Callable[..., Path], linked_encoders: Callable[[Path], Path]) -> Path:
    return made_once("tuned_shop", lambda shop: build(shop, linked_encoders))


@pytest.fixture
def shop(made: Path, copied: Callable[[Path, Path], Path], tmp_path: Path) -> Path:
    return copied(made, tmp_path / "shop")


def judge(shop: Path, grade: Callable[[str], int]) -> None:
    with ShopPaths(shop).ratings.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("query", "docid", "rating"))
        for q in range(N_QUERIES):
            for name in ("all", "three"):
                for i in range(3):
                    product_id = f"{name}{q}-{i}"
                    rows.writerow((" ".join(words_of(q)), product_id, grade(product_id)))


def run(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "150"}).invoke(app, ["tune", "search", *map(str, arguments)])


def report_of(*arguments: object) -> dict[str, object]:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def first_of(shop: Path, query: int) -> str:
    opened = Shop(shop)
    folder = next(opened.index.glob("*/generation.json")).parent
    asked = Query(
        query_id="q",
        surface=Surface.SEARCH,
        visitor_id="v",
        at_us=0,
        query_text=" ".join(words_of(query)),
    )
    generation = flow.open_index(opened, folder)
    return str(generation.product_ids[answer_set(generation, asked, Thresholds()).rows[0]])


def test_a_rule_of_the_judges_is_found_written_served_and_undone(shop: Path) -> None:
    judge(shop, lambda product_id: 3 if product_id.startswith("three") else 0)
    assert first_of(shop, 5).startswith("all"), "the defaults must be wrong for this test"
    file = ShopPaths(shop).index / TUNED_FILE
    found = report_of(shop)
    assert found["by"] == "judgements"
    assert found["gain"]["low"] > 0.1  # type: ignore[index]
    assert found["n_queries"] == N_QUERIES
    assert json.loads(file.read_text())["provenance"]["gain"] == found["gain"]
    assert all(first_of(shop, q).startswith("three") for q in range(0, N_QUERIES, 5))
    assert run(shop, "--undo").exit_code == 0
    assert not file.exists()
    assert first_of(shop, 5).startswith("all")


def test_grades_by_chance_change_nothing(shop: Path) -> None:
    chance = np.random.default_rng(12)  # an interval of 95% lets one draw in twenty through
    judge(shop, lambda _: int(chance.integers(0, 4)))
    done = run(shop, "--shop", shop)
    assert done.exit_code == 0, done.output
    assert "the present tuning stays: " in done.output
    assert not (ShopPaths(shop).index / TUNED_FILE).exists()


def test_what_nobody_looked_at_is_counted_and_not_dropped(shop: Path) -> None:
    """Only products with three words are judged, and half of them good: nothing new may come before them unseen."""
    judge(shop, lambda product_id: 3 * (product_id[-1] == "0"))
    rows = [r for r in ShopPaths(shop).ratings.read_text().splitlines() if ",all" not in r]
    ShopPaths(shop).ratings.write_text("\n".join(rows) + "\n")
    report = report_of(shop, "--only-look")
    assert report["present"]["judged10"] < 1  # type: ignore[index]
    assert not report["is_used"] or (
        report["held_out"]["judged10"] >= 0.95 * report["present"]["judged10"]  # type: ignore[index]
    )


def test_clicks_decide_where_nobody_judged_and_the_newest_pages_check_them(shop: Path) -> None:
    events = []
    for page in range(4):
        for q in range(N_QUERIES):
            places = [f"{name}{q}-{i}" for name in ("all", "three") for i in range(3)]
            for at, product_id in enumerate(places, start=1):
                kinds = [EventType.IMPRESSION]
                if at == 4 + (page + q) % 3:
                    kinds.append(EventType.CLICK)
                for kind in kinds:
                    at_us = AT_US + (page * N_QUERIES + q) * 60_000_000 + at
                    events.append(
                        Event(
                            event_id=f"{kind.value}-{page}-{q}-{at}",
                            event_type=kind,
                            visitor_id=f"v{page}-{q}",
                            query_id=f"q{page}-{q}",
                            surface="search",
                            query_text=" ".join(words_of(q)),
                            product_id=product_id,
                            position=at,
                            occurred_at_us=at_us,
                            received_at_us=at_us,
                        )
                    )
    ShopPaths(shop).clean_events.mkdir(parents=True)
    pq.write_table(events_to_table(events), ShopPaths(shop).clean_events / "all.parquet")
    report = report_of(shop, "--only-look")
    assert report["by"] == "clicks"
    assert report["is_used"], report
    assert not (ShopPaths(shop).index / TUNED_FILE).exists()
    pages = report["logged_pages"]
    assert pages["n_pages"] == N_QUERIES  # type: ignore[index]
    assert pages["gain"]["low"] > 0  # type: ignore[index]


def test_too_few_judgements_a_broken_file_and_no_index_say_what_to_do(
    shop: Path, tmp_path: Path
) -> None:
    done = run(shop)
    assert "30 are needed" in str(done.exception)
    file = ShopPaths(shop).index / TUNED_FILE
    file.write_text('{"format": 1, "weights": {"bm25": -1}}')
    done = run(shop)
    assert "bm25 is -1" in str(done.exception)
    assert "no index" in str(run(tmp_path / "empty").exception)


def test_tune_without_a_name_still_tunes_a_table() -> None:
    done = CliRunner().invoke(app, ["tune", "--table", "none.csv", "--out", "x", "--minutes", "0"])
    assert done.exit_code != 0
    assert "No such option" not in done.output
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["tune", "table", "--help"]).output
    assert "baihuo tune --table train.csv" in shown
