"""Checks that ``quality.yaml`` turns off: they find nothing, touch nothing and cost nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from baihuo.core import BadInput, Product, ShopPaths
from baihuo.core.tables import EVENTS, events_to_table, products_to_table
from baihuo.engine import DuckTables
from baihuo.quality import QualityRules, clean, load_rules
from baihuo.quality.engine.rounds import _without
from baihuo.quality.registry import ALL_STEPS, CHECKS

_OTHERS = [name for name in ALL_STEPS if name != "consent"]
_OF_PRODUCTS = (  # slow and, here, without findings
    *"near_duplicates text units attributes categories pictures stock".split(),
)


@pytest.fixture
def dirty(event: Any) -> list[Any]:
    """A retry, a copy, a purchase of what was never seen, a price below zero and a word for null."""
    first = event("click", 0)
    return [
        first,
        event("click", 0, event_id=first.event_id),
        event("click", 60, query_id="q1"),
        event("click", 60.5, query_id="q1"),
        event("impression", 100, product_id="p2", price_minor=-5, currency="EUR"),
        event("click", 200, product_id="nowhere"),
        event("click", 300, visitor_id="null"),
        event("cancel", 400, product_id="p3", order_id="o1"),
    ]


def test_a_check_that_is_turned_off_finds_nothing_and_the_others_find_the_same(
    dirty: list[Any], cleaned: Any
) -> None:
    all_found = cleaned(dirty, rules=QualityRules(skip=_OF_PRODUCTS)).found()
    assert {"same_id", "same_content", "bad_price", "unknown_product", "no_visitor"} <= {
        check for _, check, _ in all_found
    }
    for skip, gone in (
        (("duplicates", "bad_price"), {"same_id", "same_content", "bad_price"}),
        (
            ("same_content", "orphans", "no_visitor"),
            {"same_content", "unknown_product", "no_visitor"},
        ),
    ):
        run = cleaned(dirty, rules=QualityRules(skip=(*skip, *_OF_PRODUCTS)))
        assert run.found() == {found for found in all_found if found[1] not in gone}
        names = ", ".join((*skip, *_OF_PRODUCTS))
        assert f"turned off in quality.yaml: {names}" in run.report.not_checked


def test_with_every_group_off_each_row_stays_as_it_came(dirty: list[Any], cleaned: Any) -> None:
    run = cleaned(dirty, rules=QualityRules(skip=tuple(_OTHERS)))
    assert not run.found()
    assert len(run.rows("events")) == len(dirty)


def test_what_is_off_runs_no_statement(dirty: list[Any], tmp_path: Path) -> None:
    now, ran = ["start"], dict[str, int]()

    class Counting(DuckTables):
        def sql(self, query: str, **inputs: Any) -> pa.Table:
            ran[now[0]] = ran.get(now[0], 0) + 1
            return super().sql(query, **inputs)

    def progress(what: str, _done: int, _of: int) -> None:
        now[0] = what

    pq.write_table(events_to_table(dirty).cast(EVENTS), tmp_path / "events.parquet")
    products = [Product(product_id=p, title_en=f"Thing {p}") for p in ("p1", "p2", "p3")]
    pq.write_table(products_to_table(products), tmp_path / "products.parquet")
    clean(
        Counting(threads=1),
        events=[tmp_path / "events.parquet"],
        products=[tmp_path / "products.parquet"],
        out=ShopPaths(tmp_path).clean,
        rules=QualityRules(skip=tuple(name for name in _OTHERS if name != "orphans")),
        progress=progress,
    )
    steps = {what.rpartition(": ")[2] for what in ran if ": " in what}
    assert steps == {"consent", "orphans"}


@pytest.mark.parametrize(
    ("select", "is_run"),
    [
        ("SELECT 1, 'bot' AS rule", False),
        ("SELECT 1, 'bot' as rule UNION ALL SELECT 2, 'crowd'", True),
        ("SELECT 1, rule FROM found WHERE rule = 'bot'", True),  # of other checks, too
        ("SELECT 1, f.rule AS rule FROM found AS f WHERE kind <> 'bot'", True),
    ],
)
def test_sql_is_left_out_where_all_that_it_finds_is_turned_off(select: str, is_run: bool) -> None:
    assert bool(_without([select], ALL_STEPS["traffic"], frozenset({"bot"}))) is is_run


def test_detectors_are_for_checks_of_their_step() -> None:
    for step in ALL_STEPS.values():
        names = {check.name for check in step.checks}
        assert set(step.finds) <= set(step.detectors)
        found = {name for of_one in step.finds.values() for name in of_one}
        assert found <= names
        if set(step.finds) == set(step.detectors):
            assert found == names


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("skip: [dupplicates]", "did you mean 'duplicates'?"),
        ("skip: [no_consent]", "cannot be turned off"),
        ("skip: [consent]", "privacy.absent_consent"),
        ("skip: [zzzz]", "called 'zzzz'; see `baihuo check --explain GROUP`"),
        ("skip: [own.prices]", "deleting its file"),
        ("skip: 5", "write a list, as in [a, b]"),
        ("skip: same_id", "write a list, as in [a, b]"),
        ("skip:", "write a list, as in [a, b]"),
    ],
)
def test_what_cannot_be_turned_off_is_said(line: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "quality.yaml").write_text(line)
    with pytest.raises(BadInput) as error:
        load_rules(tmp_path / "quality.yaml")
    assert message in str(error.value)


def test_rules_that_turn_nothing_off_keep_their_version() -> None:
    assert QualityRules(skip=()).rules_version == QualityRules().rules_version
    assert QualityRules(skip=("same_id",)).rules_version != QualityRules().rules_version
    every = {check.name for check in CHECKS if check.step != "consent"}
    assert QualityRules(skip=tuple(_OTHERS)).skipped_checks == every
