"""``baihuo tune search``: it finds a rule that people or clicks follow, and leaves searches alone where there is none.

What it finds goes live as any bundle does: through the gate, into running servers, and back by a rollback.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from tests.waiting import wait_until, wait_until_ready
from typer.testing import CliRunner, Result

from baihuo import flow
from baihuo.bundle import TUNING_FILE, Bundle
from baihuo.cli.app import app
from baihuo.core import Event, EventType, GateClosed, Product, ShopPaths
from baihuo.core.tables import events_to_table
from baihuo.flow.resources import live_bundle
from baihuo.serve import ServeConfig, create_app
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
    """A released shop without a log."""
    linked_encoders(ShopPaths(shop).encoders)
    file = shop / "products.jsonl"
    rows = [
        {"product_id": p.product_id, "title": p.title_en, "price": 1, "currency": "EUR"}
        for p in products()
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    opened = Shop(shop)
    flow.import_files(opened, [file])
    flow.check(opened)
    flow.release(opened, flow.train(opened).bundle_id)


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
    asked = ["explain", " ".join(words_of(query)), "--json", "--shop", str(shop)]
    return str(json.loads(CliRunner().invoke(app, asked).stdout)["results"][0]["product_id"])


def live(shop: Path) -> Bundle:
    found = live_bundle(Shop(shop))
    assert found is not None
    return found


def judge_three_words(shop: Path) -> None:
    judge(shop, lambda product_id: 3 if product_id.startswith("three") else 0)


def test_a_rule_of_the_judges_goes_live_and_a_rollback_takes_it_back(shop: Path) -> None:
    judge_three_words(shop)
    assert first_of(shop, 5).startswith("all"), "the defaults must be wrong for this test"
    before = live(shop).bundle_id
    found = report_of(shop)
    assert found["by"] == "judgements"
    assert found["gain"]["low"] > 0.1  # type: ignore[index]
    assert found["n_queries"] == N_QUERIES
    tuned = live(shop)
    assert found["bundle_id"] == tuned.bundle_id != before
    assert tuned.json(TUNING_FILE)["provenance"]["gain"] == found["gain"]
    assert all(first_of(shop, q).startswith("three") for q in range(0, N_QUERIES, 5))
    assert CliRunner().invoke(app, ["rollback", "--shop", str(shop)]).exit_code == 0
    assert live(shop).bundle_id == before
    assert first_of(shop, 5).startswith("all")
    done = CliRunner().invoke(app, ["audit", "--shop", str(shop), "--json"])
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    noted = {e["action"]: e["detail"]["search_tuning"] for e in entries if e["subject"]}
    changed = {name: to for name, (_, to) in found["changes"].items()}  # type: ignore[attr-defined]
    assert noted == {"release": changed, "rollback": {}}


def test_training_keeps_the_tuning_and_undo_is_the_bundle_of_before(shop: Path) -> None:
    judge_three_words(shop)
    before = live(shop).bundle_id
    assert run(shop).exit_code == 0
    trained = Bundle.open(ShopPaths(shop).bundles / flow.train(Shop(shop)).bundle_id)
    assert trained.json(TUNING_FILE)["weights"] == live(shop).json(TUNING_FILE)["weights"]
    refused = run(shop, "--undo").exception
    assert isinstance(refused, GateClosed), "by what people judged, searches would be worse"
    assert "30 queries of judgements" in refused.what
    ShopPaths(shop).ratings.unlink()
    assert run(shop, "--undo").exit_code == 0
    assert live(shop).bundle_id == before
    assert "not tuned" in str(run(shop, "--undo").exception)


def test_a_tuning_that_loses_by_the_complete_judged_set_is_refused_with_its_figures(
    shop: Path,
) -> None:
    judge_three_words(shop)
    rows = [
        (" ".join(words_of(q)), f"{name}{q}-{i}", 3 * (name == "all"))
        for q in range(N_QUERIES)
        for name in ("all", "three")
        for i in range(3)
    ]
    columns = ("query_text", "product_id", "grade")
    pq.write_table(
        pa.table(dict(zip(columns, zip(*rows, strict=True), strict=True))), Shop(shop).judged
    )
    before = live(shop).bundle_id
    done = run(shop)
    assert done.exit_code != 0
    assert isinstance(done.exception, GateClosed)
    assert "30 queries of judged.parquet: " in done.exception.what
    assert "it loses relevance" in done.exception.what
    assert live(shop).bundle_id == before
    sealed = Bundle.open(ShopPaths(shop).bundles / json.loads(_report(shop))["bundle_id"])
    [check] = [c for c in sealed.gate()["checks"] if c["name"] == "tuning"]  # type: ignore[index]
    assert check["measured"]["judged.parquet_over_live"].startswith("-")


def _report(shop: Path) -> str:
    return (ShopPaths(shop).train / "tune_search.json").read_text()


def test_a_running_server_takes_the_tuning_and_the_rollback(shop: Path) -> None:
    judge_three_words(shop)
    still = ServeConfig(swap_probability=0.0, slot_probability=0.0)
    with TestClient(create_app(shop, still)) as client:
        wait_until_ready(client)

        def first() -> str:
            asked = {"q": " ".join(words_of(5)), "visitor_id": "v"}
            return str(client.get("/v1/search", params=asked).json()["results"][0]["product_id"])

        assert first().startswith("all")
        assert run(shop).exit_code == 0
        wait_until(lambda: first().startswith("three"), within_s=60)
        flow.rollback(Shop(shop))
        wait_until(lambda: first().startswith("all"), within_s=60)


def test_grades_by_chance_change_nothing(shop: Path) -> None:
    chance = np.random.default_rng(12)  # an interval of 95% lets one draw in twenty through
    judge(shop, lambda _: int(chance.integers(0, 4)))
    done = run(shop, "--shop", shop)
    assert done.exit_code == 0, done.output
    assert "the present tuning stays: " in done.output
    assert json.loads(_report(shop))["bundle_id"] is None
    assert TUNING_FILE not in live(shop)


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
    ShopPaths(shop).clean_events.mkdir(parents=True, exist_ok=True)
    pq.write_table(events_to_table(events), ShopPaths(shop).clean_events / "all.parquet")
    report = report_of(shop, "--only-look")
    assert report["by"] == "clicks"
    assert report["is_used"], report
    assert TUNING_FILE not in live(shop)
    pages = report["logged_pages"]
    assert pages["n_pages"] == N_QUERIES  # type: ignore[index]
    assert pages["gain"]["low"] > 0  # type: ignore[index]


def test_too_few_judgements_no_release_and_no_index_say_what_to_do(
    shop: Path, tmp_path: Path
) -> None:
    assert "30 are needed" in str(run(shop).exception)
    (ShopPaths(shop).bundles / "live.json").unlink()
    assert "nothing was released yet" in str(run(shop).exception)
    assert "30 are needed" in str(run(shop, "--only-look").exception)
    assert "no index" in str(run(tmp_path / "empty").exception)
    assert "do not go together" in str(run(shop, "--undo", "--only-look").exception)


def test_a_tuning_of_an_earlier_version_is_named_until_searches_are_tuned_again(shop: Path) -> None:
    older = ShopPaths(shop).index / "tuned_search.json"
    older.write_text('{"format": 1, "weights": {"coverage": 0}}')
    [item] = [i for i in flow.upgrade_plan(Shop(shop)) if i.state != "current"]
    assert (item.state, item.fix) == ("remake", "baihuo tune search")
    judge_three_words(shop)
    assert run(shop).exit_code == 0
    assert not older.exists()


def test_tune_without_a_name_still_tunes_a_table() -> None:
    done = CliRunner().invoke(app, ["tune", "--table", "none.csv", "--out", "x", "--minutes", "0"])
    assert done.exit_code != 0
    assert "No such option" not in done.output
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["tune", "table", "--help"]).output
    assert "baihuo tune --table train.csv" in shown
