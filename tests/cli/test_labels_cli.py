"""Judgements at the command line: shown, answered, recorded, reported, exported, used for training."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from baihuo import flow, index
from baihuo.catalog import Catalog
from baihuo.cli import label as module
from baihuo.cli.app import app
from baihuo.core import BadInput, Event, EventType, NotFound, Product, ShopPaths
from baihuo.core.tables import events_to_table
from baihuo.encode import Encoders
from baihuo.events import JudgementLog
from baihuo.settings import Shop

AT_US = 1_750_000_000_000_000
KINDS = ("usb hub", "desk lamp", "tea kettle", "phone case")


def build(shop: Path, linked_encoders: Callable[[Path], Path]) -> None:
    """A catalogue with its index, and a log of four searches."""
    products = [
        Product(
            product_id=f"p{i}",
            title_en=f"Norda {KINDS[i % 4]} M{i}",
            brand="Norda",
            category=(KINDS[i % 4],),
            description_en=f"A {KINDS[i % 4]} beside a {KINDS[(i + 1) % 4].split()[0]}",
            price_minor=1000 + i,
            currency="EUR",
        )
        for i in range(48)
    ]
    catalog = Catalog(ShopPaths(shop).catalog)
    catalog.upsert(products, is_import=True)
    catalog.close()
    encoders = linked_encoders(ShopPaths(shop).encoders)
    index.build(products, encoders=Encoders.open(encoders), cache=None, out=ShopPaths(shop).index)
    typed = [
        Event(
            event_id=f"e{i}",
            event_type=EventType.SEARCH,
            visitor_id="v",
            query_id=f"q{i}",
            surface="search",
            query_text=KINDS[i % 4].title() + " " * (i % 2),
            occurred_at_us=AT_US + i,
            received_at_us=AT_US + i,
        )
        for i in range(12)
    ]
    ShopPaths(shop).clean_events.mkdir()
    pq.write_table(events_to_table(typed), ShopPaths(shop).clean_events / "all.parquet")


@pytest.fixture(scope="session")
def made(made_once: Callable[..., Path], linked_encoders: Callable[[Path], Path]) -> Path:
    return made_once("label_shop", lambda shop: build(shop, linked_encoders))


@pytest.fixture
def shop(made: Path, copied: Callable[[Path, Path], Path], tmp_path: Path) -> Path:
    return copied(made, tmp_path / "shop")


def run(shop: Path, *words: object, typed: str = "") -> Result:
    arguments = [*map(str, words), "--shop", str(shop)]
    return CliRunner(env={"COLUMNS": "150"}).invoke(app, ["label", *arguments], input=typed)


def next_questions(shop: Path, *words: object) -> list[dict[str, object]]:
    return [json.loads(line) for line in run(shop, "next", "--json", *words).stdout.splitlines()]


def test_a_rater_answers_key_by_key(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_person", lambda: True)
    done = run(shop, "next", "--rater", "ann", "--n", 5, typed="3\n7\n0\n?\nq\n")
    assert done.exit_code == 0, done.output
    for words in ("1 of 5", "search: ", "Norda", "asked because: ", "3 recorded as ann's"):
        assert words in done.output
    report_json = json.loads(run(shop, "report", "--json").stdout)
    assert (report_json["n_judgements"], report_json["n_raters"]) == (2, 1), (
        "cannot say is no grade"
    )
    left = next_questions(shop, "--rater", "ann", "--n", 500)
    pairs = {(q["query_text"], q["product_id"]) for q in left}
    log = JudgementLog(Shop(shop).judgements)
    answered = {(r["query_text"], r["product_id"]) for r in log.table().to_pylist()}
    log.close()
    assert len(answered) == 3
    assert not answered & pairs
    assert {q for q, _ in pairs} <= set(KINDS), (
        "what is typed is one query, capitals and spaces aside"
    )


def test_answers_go_out_as_json_and_come_back_as_a_file(shop: Path, tmp_path: Path) -> None:
    questions = next_questions(shop, "--rater", "ann", "--n", 6)
    assert all(q["product"]["title_en"] and q["why"] for q in questions)  # type: ignore[index]
    file = tmp_path / "judgements.jsonl"
    rows = [
        {"query_text": q["query_text"], "product_id": q["product_id"], "grade": i % 4}
        for i, q in enumerate(questions)
    ]
    file.write_text(
        "\n".join(
            json.dumps(r)
            for r in [*rows, {**rows[0], "grade": 9}, {**rows[0], "product_id": "gone"}]
        )
    )
    done = run(shop, "record", file, "--rater", "ann")
    assert done.stdout == "6 new, 0 known, 0 changed, 2 refused\n"
    assert "line 7: grade '9'" in done.stderr
    assert "line 8: product 'gone'" in done.stderr
    again = run(shop, "record", file, "--rater", "ann")
    assert again.stdout == "0 new, 6 known, 0 changed, 2 refused\n"
    back = list(csv.DictReader(io.StringIO(run(shop, "export").stdout)))
    assert {(r["query"], r["docid"], int(r["rating"])) for r in back} == {
        (r["query_text"], r["product_id"], r["grade"]) for r in rows
    }


def test_one_judgement_is_recorded_and_changed_only_on_purpose(shop: Path) -> None:
    one = ("record", "--query", "USB hub", "--product", "p0", "--rater", "ann", "--grade")
    assert run(shop, *one, 3).stdout.startswith("1 new")
    refused = run(shop, *one, 0)
    assert isinstance(refused.exception, BadInput)
    assert "ann gave 3 before" in refused.stderr
    assert run(shop, *one, 0, "--change").stdout == "0 new, 0 known, 1 changed, 0 refused\n"
    half = run(shop, "record", "--query", "usb hub")
    assert isinstance(half.exception, BadInput)


def test_a_file_of_ratings_is_reported_without_any_shop(tmp_path: Path) -> None:
    file = tmp_path / "three.csv"
    rows = [(f"q{i % 5}", f"p{i}", i % 4, i % 4, (i + (i % 3 == 0)) % 4, i % 4) for i in range(40)]
    lines = ["query,docid,ann_rating,bo_rating,cy_rating,final_rating"]
    file.write_text("\n".join([*lines, *(",".join(map(str, r)) for r in rows)]))
    done = run(tmp_path / "none", "report", "--file", file)
    assert done.exit_code == 0
    for words in ("ann, bo", "100.0%", "Krippendorff's alpha", "as final_rating in 40 pairs"):
        assert words in done.stdout
    report_json = json.loads(run(tmp_path / "none", "report", "--file", file, "--json").stdout)
    worst = max(report_json["agreement"]["raters"], key=lambda r: r["error_rate"])
    assert worst["name"] == "cy"


def test_imported_ratings_and_judgements_are_what_search_is_judged_by(
    shop: Path, tmp_path: Path
) -> None:
    file = tmp_path / "old.csv"
    rows = [
        f"{KINDS[q]},p{i},{3 if i % 4 == q else 0},{3 if i % 4 == q else i % 2}"
        for q in range(4)
        for i in range(24)
    ]
    file.write_text("\n".join(["query,docid,ann_rating,bo_rating", *rows]))
    assert run(shop, "import", file).stdout == "192 new, 0 known, 0 changed, 0 refused\n"
    consensus = flow.consensus_grades(Shop(shop))
    report_json = consensus.to_json()
    assert (report_json["n_pairs"], report_json["n_queries"], report_json["n_raters"]) == (96, 4, 2)
    assert all(
        grade == 3 for p, grade in consensus.by_query["usb hub"].items() if int(p[1:]) % 4 == 0
    )
    report = run(shop, "report")
    assert "96 pairs and 4 queries" in " ".join(report.stdout.split())


def test_queries_of_a_file_are_asked_about(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "queries.txt"
    file.write_text("Kettle\n\nhub\n")
    assert {
        q["query_text"]
        for q in next_questions(shop, "--queries", file, "--rater", "ann", "--n", 99)
    } == {"kettle", "hub"}


@pytest.mark.parametrize(
    ("words", "error", "fix"),
    [
        (("next", "--stake", "all"), BadInput, "difference"),
        (("next", "--queries", "gone.txt"), BadInput, "one query per line"),
        (("audit", "prices"), BadInput, "clicks, categories"),
        (("audit", "relevance"), BadInput, "label next"),
        (("audit", "clicks"), NotFound, "train"),
        (("audit", "categories"), NotFound, "check"),
        (("report",), NotFound, "label next"),
        (("export",), NotFound, "label next"),
    ],
)
def test_every_error_says_what_to_do(
    shop: Path, words: tuple[str, ...], error: type[BadInput | NotFound], fix: str
) -> None:
    raised = run(shop, *words).exception
    assert isinstance(raised, error)
    assert fix in raised.fix


def test_a_shop_without_queries_or_an_index_says_so(shop: Path, tmp_path: Path) -> None:
    shutil.rmtree(ShopPaths(shop).clean_events)
    assert "--queries FILE" in run(shop, "next").exception.fix  # type: ignore[union-attr]
    assert "baihuo index" in run(tmp_path / "empty", "next").exception.fix  # type: ignore[union-attr]
