"""``baihuo tune search`` with a model's grades: people decide, the model adds searches that they had no time for."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.cli.test_tune_search_cli import (
    AT_US,
    N_QUERIES,
    build,
    live,
    once_through_the_folds,
    report_of,
    run,
    words_of,
)
from tests.llm.chat_server import chat_server
from typer.testing import CliRunner

from baihuo.bundle import TUNING_FILE
from baihuo.cli.app import app
from baihuo.core import BadInput, Event, EventType, ShopPaths
from baihuo.core.tables import events_to_table
from baihuo.labels import ModelGrades, read_model_grades, write_model_grades

BY_PEOPLE = range(22)  # queries; the others are only in the log
BY_MODEL = range(22, N_QUERIES)
KAPPA = {"kappa": 0.8, "kappa_low": 0.7, "kappa_high": 0.9, "is_usable": True}
__all__ = ["once_through_the_folds"]
Rows = Iterable[tuple[int, str, int]]


@pytest.fixture
def shop(
    made_once: Callable[..., Path],
    linked_encoders: Callable[[Path], Path],
    copied: Callable[[Path, Path], Path],
    tmp_path: Path,
) -> Path:
    return copied(
        made_once("tuned_shop", lambda shop: build(shop, linked_encoders)), tmp_path / "shop"
    )


def judge(shop: Path, rows: Rows) -> None:
    with ShopPaths(shop).ratings.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("query", "docid", "rating"))
        writer.writerows((" ".join(words_of(q)), p, g) for q, p, g in rows)


def graded(queries: Iterable[int], good: tuple[str, ...]) -> list[tuple[int, str, int]]:
    """The six products of each query; those whose names begin as ``good`` says have grade 3."""
    return [
        (q, f"{name}{q}-{i}", 3 if name in good else 0)
        for q in queries
        for name in ("all", "three")
        for i in range(3)
    ]


def grade_by_model(shop: Path, rows: Rows, **agreement: object) -> None:
    found: dict[str, dict[str, float]] = {}
    for q, product, grade in rows:
        found.setdefault(" ".join(words_of(q)), {})[product] = 0.95 if grade else 0.05
    write_model_grades(ShopPaths(shop).llm, ModelGrades(found, {**KAPPA, **agreement}, "a model"))


def type_searches(shop: Path, queries: Iterable[int]) -> None:
    events = [
        Event(
            event_id=f"e{q}",
            event_type=EventType.IMPRESSION,
            visitor_id="v",
            query_id=f"q{q}",
            surface="search",
            query_text=" ".join(words_of(q)),
            product_id=f"all{q}-0",
            position=1,
            occurred_at_us=AT_US + q,
            received_at_us=AT_US + q,
        )
        for q in queries
    ]
    ShopPaths(shop).clean_events.mkdir(parents=True, exist_ok=True)
    pq.write_table(events_to_table(events), ShopPaths(shop).clean_events / "all.parquet")


def test_searches_of_the_log_are_graded_by_a_model_and_people_confirm_the_gain(shop: Path) -> None:
    judge(shop, graded(BY_PEOPLE, ("three",)))
    type_searches(shop, BY_MODEL)
    assert "30 are needed" in str(run(shop).exception), "people alone are too few"

    def rule(text: str) -> dict[str, float]:
        title, asked = text.removeprefix("Product: ").split("\nQuestion: Is this product a ")
        is_good = len(title.split()) < 6 and asked.split()[0] in title
        return {"yes": 0.9, "no": 0.1} if is_good else {"yes": 0.1, "no": 0.9}

    with chat_server(rule) as (address, _):
        ShopPaths(shop).settings_file.write_text(f"llm: {{address: '{address}'}}\n")
        done = CliRunner().invoke(app, ["llm", "grades", "--shop", str(shop)])
    assert done.exit_code == 0, done.output
    report = report_of(shop)
    assert report["by"] == "judgements and a model"
    assert report["is_used"], report["why"]
    grades = report["grades"]
    assert grades["people"] == 6 * len(BY_PEOPLE)  # type: ignore[index]
    rows = (ShopPaths(shop).llm / "grades.jsonl").read_text().splitlines()
    assert grades["model"] == len(rows) >= 6 * len(BY_MODEL)  # type: ignore[index]
    assert grades["queries_of_model_alone"] == len(BY_MODEL)  # type: ignore[index]
    assert report["gain_by_people"]["low"] > 0.1  # type: ignore[index]
    assert report["n_queries_of_people"] == len(BY_PEOPLE)
    ten = report["first_ten"]["held_out"]  # type: ignore[index]
    assert sum(ten.values()) == pytest.approx(1)
    assert min(ten["people"], ten["model"]) > 0.1
    assert live(shop).json(TUNING_FILE)["provenance"]["grades"]["agreement"]["is_usable"]
    shown = run(shop, "--only-look").output
    assert f"132 grades by people, {len(rows)} by a model (kappa 1.00" in " ".join(shown.split())


def test_a_gain_that_only_the_model_sees_is_not_taken(shop: Path) -> None:
    """People find all six products of their searches good: no order of them is better than another."""
    others = [(q, f"all{(q + 1) % 20}-0", 0) for q in BY_PEOPLE]
    judge(shop, [*graded(BY_PEOPLE, ("all", "three")), *others])
    grade_by_model(shop, graded(BY_MODEL, ("three",)))
    report = report_of(shop)
    assert report["gain"]["low"] > 0, "the model must see a gain for this test"  # type: ignore[index]
    assert report["gain_by_people"]["mid"] == pytest.approx(0, abs=0.02)  # type: ignore[index]
    assert not report["is_used"]
    assert "by people's grades alone" in str(report["why"])
    assert TUNING_FILE not in live(shop)


def test_people_who_judged_enough_are_asked_alone_too(shop: Path) -> None:
    judge(shop, graded(range(N_QUERIES), ("three",)))
    grade_by_model(shop, [(q, f"three{q + 1}-0", 0) for q in range(N_QUERIES - 1)])
    shown = " ".join(run(shop, "--only-look").output.split())
    assert "instead:" in shown
    report = json.loads((ShopPaths(shop).train / "tune_search.json").read_text())
    name = next(k for k in ("people_alone", "with_model") if k in report)
    assert {report["by"], report[name]["by"]} == {"judgements", "judgements and a model"}
    by_people = report if name == "with_model" else report["people_alone"]
    assert by_people["n_queries"] == N_QUERIES
    assert by_people["gain"]["low"] > 0.1


def test_what_people_judged_since_counts_as_they_judged_it(shop: Path) -> None:
    grade_by_model(shop, graded(range(N_QUERIES), ("all",)))
    judge(shop, graded(BY_PEOPLE, ("three",)))
    grades = report_of(shop, "--only-look")["grades"]
    assert grades["overruled"] == 6 * len(BY_PEOPLE)  # type: ignore[index]
    assert grades["overruled_agree"] == 0  # type: ignore[index]
    assert grades["model"] == 6 * len(BY_MODEL)  # type: ignore[index]


def test_a_model_that_disagrees_has_no_part(shop: Path) -> None:
    judge(shop, graded(range(N_QUERIES), ("three",)))
    grade_by_model(shop, graded(BY_MODEL, ("all",)), is_usable=False)
    assert read_model_grades(ShopPaths(shop).llm).probabilities == {}  # type: ignore[union-attr]
    assert "do not count" in run(shop, "--only-look").output
    report = json.loads((ShopPaths(shop).train / "tune_search.json").read_text())
    assert report["by"] == "judgements"
    assert "agree" in report["grades"]["model_not_used"]


def test_a_few_searches_of_people_check_no_model(shop: Path) -> None:
    judge(shop, graded(range(5), ("three",)))
    grade_by_model(shop, graded(range(5, N_QUERIES), ("three",)))
    assert "5 searches have a good product by judgements" in str(run(shop).exception)


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"query": "a"}', b"\xff"])
def test_a_damaged_grade_is_named(shop: Path, line: bytes) -> None:
    judge(shop, graded(range(N_QUERIES), ("three",)))
    grade_by_model(shop, graded([1], ("three",)))
    file = ShopPaths(shop).llm / "grades.jsonl"
    file.write_bytes(file.read_bytes().splitlines()[0] + b"\n" + line + b"\n")
    error = run(shop).exception
    assert isinstance(error, BadInput)
    assert f"{file}:2" in error.what
    assert "baihuo llm grades" in error.fix


def test_grades_of_another_run_are_refused(shop: Path) -> None:
    grade_by_model(shop, graded([1, 2], ("three",)))
    file = ShopPaths(shop).llm / "grades.jsonl"
    file.write_text(file.read_text().splitlines()[0] + "\n")
    assert "agreement.json was written with" in str(run(shop).exception)
    (file.parent / "agreement.json").unlink()
    assert "does not say how far" in str(run(shop).exception)
