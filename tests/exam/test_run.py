"""An exam of a small shop: nothing is touched, the same seed gives the same scores, every check is accounted for."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from tests.quality.chosen import only

from baihuo import quality
from baihuo.core import BadInput, NotFound, QualityStop
from baihuo.engine import DuckTables
from baihuo.exam import CheckOptions, CheckResult, ExamReport, Reading, Rows, examine, import_rows
from baihuo.exam.page import to_html
from baihuo.exam.run import make_plan, reason_for
from baihuo.faults import all_faults

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "example"
PRODUCT_CHECKS = {check.name for check in quality.CHECKS if check.on == "products"}
MAPPING = {"visitor_id": "shopper", "product_id": "article", "title": "label"}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """The two example files as rows."""
    files = {"products": [EXAMPLE / "products.csv"], "events": [EXAMPLE / "events.csv"]}
    return import_rows(
        DuckTables(threads=2),
        files,  # type: ignore[arg-type]
        work=tmp_path_factory.mktemp("exam"),
        reading=Reading(mapping=MAPPING, currency="EUR"),
        max_events=1_000,
    )


def examined(rows: Rows, work: Path, *groups: str, **options: Any) -> ExamReport:
    """An exam with the checks of these groups, or with all."""
    now_us = max(row["received_at_us"] for row in rows["events"])
    rules = only(*groups) if groups else quality.QualityRules()
    checks = CheckOptions(rules=rules, now_us=now_us)
    return examine(DuckTables(threads=2), rows, options=checks, work=work, **options)


def test_of_a_long_log_the_latest_events_are_taken(rows: Rows) -> None:
    assert len(rows["events"]) == 1_000
    assert rows["events"][0]["received_at_us"] < rows["events"][-1]["received_at_us"]
    assert rows["events"][-1]["event_id"].endswith("-1443")  # the last line of the file


def test_three_checks_are_examined_and_the_rows_stay_as_they_are(
    rows: Rows, tmp_path: Path
) -> None:
    before = copy.deepcopy(rows)
    chosen: dict[str, Any] = {"checks": ["same_id", "same_content", "bad_quantity"], "n_each": 10}
    groups = ("schema", "times", "duplicates", "orphans", "order")
    report = examined(rows, tmp_path, *groups, **chosen)
    assert rows == before
    assert [result.check for result in report.checks] == ["bad_quantity", "same_id", "same_content"]
    for result in report.checks:
        assert (result.n_injected, result.n_found, result.n_wrong) == (10, 10, 0)
        assert result.recall.low > 0.7
    assert report.n_clean_touched == 0
    assert report.before == {"same_content": 1, "unknown_product": 1}
    assert report.n_changed_before == 2
    # one copy is really in the file: it was found before, and counts neither for nor against the check
    assert [result.n_before for result in report.checks] == [0, 0, 1]
    again = examined(rows, tmp_path / "again", *groups, **chosen)
    assert again.to_json() == report.to_json()


def test_every_check_is_examined_or_says_why_not(rows: Rows, tmp_path: Path) -> None:
    report = examined(
        {"events": rows["events"][:200], "products": []}, tmp_path, checks=["schema", "drift"]
    )
    reasons = {result.check: result.reason for result in report.not_examined}
    assert reasons["no_title"] == "no products"
    assert reasons["drift"] == "no fault for it yet"
    assert reasons["bad_dwell"] == "none or too few: events of type dwell"
    assert all(not result.reason for result in report.examined)
    assert {result.check for result in report.examined} >= {"unknown_type", "no_visitor"}


def test_a_name_that_is_neither_check_nor_step_is_refused(rows: Rows) -> None:
    with pytest.raises(NotFound, match="same_idd"):
        make_plan(rows, ["same_idd"])
    assert set(make_plan(rows, ["duplicates"]).checks) > {"same_id", "same_content"}


def test_faults_of_a_small_table_go_in_rounds_that_leave_most_rows_clean(rows: Rows) -> None:
    plan = make_plan(rows, ["schema"])
    assert len(plan.rounds) > 1
    faults = [fault for of_round in plan.rounds for fault in of_round]
    assert {id(fault) for fault in faults} == {
        id(fault) for fault in all_faults() if set(fault.checks) & set(plan.checks)
    }
    for of_round in plan.rounds:
        on_products = [f for f in of_round if next(iter(f.checks)) in PRODUCT_CHECKS]
        assert len(on_products) * plan.n_each["products"] <= 0.5 * len(rows["products"])


def test_no_row_at_all_is_refused(tmp_path: Path) -> None:
    options = CheckOptions(rules=quality.QualityRules(), now_us=0)
    with pytest.raises(BadInput, match="no rows"):
        examine(DuckTables(), {"events": [], "products": []}, options=options, work=tmp_path)


def result(name: str, **counts: Any) -> CheckResult:
    return CheckResult(check=name, step="schema", table="events", action="note", **counts)


def report(*checks: CheckResult) -> ExamReport:
    empty: dict[str, Any] = {"n_each": {"events": 5}, "before": {}, "n_changed_before": 0}
    counts = {"n_events": 10, "n_products": 0, "n_rounds": 1, "n_clean": 8, "n_clean_touched": 1}
    return ExamReport(checks=checks, seeds=(7,), **empty, **counts)  # type: ignore[arg-type]


def test_a_recall_or_precision_below_the_limit_is_named() -> None:
    found = report(
        result("good", n_injected=10, n_found=10),
        result("blind", n_injected=10, n_found=5),
        result("eager", n_injected=10, n_found=10, n_wrong=10),
        result("absent", reason="no products"),
    )
    with pytest.raises(QualityStop) as stopped:
        found.raise_if_below(0.9)
    assert "recall of blind is 0.50 (5 of 10)" in stopped.value.what
    assert "precision of eager is 0.50 (10 of 20)" in stopped.value.what
    assert "good" not in stopped.value.what
    found.raise_if_below(0.5)


def test_findings_where_nothing_was_planted_count_against_a_check() -> None:
    """They were a dash: what a check finds in rows that it should have left alone was said nowhere."""
    found = report(
        result("right", n_injected=40, n_found=40),
        result("eager", n_wrong=8, reason="none or too few: events of type search"),
        result("lucky", n_injected=3, n_found=3),
        result("blind", n_injected=20, n_found=2),
        result("absent", reason="no products"),
    )
    checks = {c["check"]: c for c in json.loads(found.to_json())["checks"]}
    outcomes = {name: (c["outcome"], c["is_met"]) for name, c in checks.items()}
    assert outcomes == {
        "right": ("met", True),
        "eager": ("false alarms", False),
        "lucky": ("too few", False),
        "blind": ("not met", False),
        "absent": ("not examined", False),
    }
    assert checks["eager"]["precision"]["value"] == 0
    assert [r.check for r in found.not_examined] == ["absent"]
    with pytest.raises(QualityStop, match=r"precision of eager is 0.00 \(0 of 8\)"):
        found.raise_if_below(0.1)
    assert "false alarms" in to_html(found)


def test_the_json_holds_shares_with_intervals_and_the_page_escapes_what_comes_from_data() -> None:
    example = {
        "row": {"title_en": "<script>x</script>"},
        "faults": [],
        "found": {"eager": "repair"},
    }
    eager = result(
        "eager",
        n_injected=10,
        n_found=9,
        n_wrong=1,
        n_clean_touched=1,
        clean_touched=(example | {"detail": {}},),
    )
    found = report(eager, result("absent", reason="no products"))
    body = json.loads(found.to_json())
    assert body["clean_rows"] == {"n": 8, "touched": 1, "share": 0.125}
    assert body["checks"][0]["recall"] == {"value": 0.9, "low": 0.59585, "high": 0.98212}
    assert body["checks"][0]["n_findings"] == 10
    assert body["checks"][1]["recall"] is None
    page = to_html(found)
    assert "<script>" not in page
    assert "no products" in page
    assert page.count("<circle") == 2  # the check and the legend


def test_a_check_of_the_shops_own_has_no_fault() -> None:
    own = quality.Check(name="mine", step="own", on="events", action="note", why="w", fix="m")
    words = reason_for(
        own, [], {"n_injected": 0, "n_excused": 0}, (), {"events": [{}], "products": []}
    )
    assert words == "no fault for it yet (a check of your own)"


def test_online_retail_is_examined_on_its_own_rows(
    tmp_path: Path, shared_data: Callable[[str], Path]
) -> None:
    """Real orders: what was odd in them before counts neither way, and few clean rows are touched."""
    source = shared_data("online_retail")
    slice_csv = tmp_path / "slice.csv"
    with (
        gzip.open(source / "transactions.csv.gz", "rt", encoding="utf-8") as lines,
        slice_csv.open("w", encoding="utf-8") as out,
    ):
        out.writelines(islice(lines, 15_001))
    files = {"products": [slice_csv], "events": [slice_csv]}
    real = import_rows(DuckTables(threads=2), files, work=tmp_path / "raw", max_events=15_000)  # type: ignore[arg-type]
    names = [
        "same_id",
        "same_content",
        "bad_quantity",
        "bad_price",
        "undone_purchase",
        "bad_listing_price",
    ]
    found = examined(real, tmp_path / "work", checks=names, n_each=40)
    assert found.n_changed_before > 100  # the copies and cancels that are really there
    assert {r.check for r in found.examined} == set(names)
    for of_check in found.checks:
        assert (of_check.recall.value or 0) >= 0.95, of_check
        assert (of_check.precision.value or 0) >= 0.95, of_check
    assert found.n_clean_touched <= 0.001 * found.n_clean
