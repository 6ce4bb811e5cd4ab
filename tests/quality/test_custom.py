"""Checks that a shop writes itself, in SQL and in Python."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.quality.chosen import only

from baihuo.core import Event, Product
from baihuo.core.tables import events_to_table, products_to_table
from baihuo.engine import DuckTables
from baihuo.quality import (
    CHECKS,
    CleanOptions,
    QualityReport,
    QualityRules,
    clean,
    explain,
    load_custom_checks,
)

DOCS = Path(__file__).resolve().parents[2] / "docs" / "checks.md"
HEAD = "-- table: events\n-- action: {action}\n-- why: w\n-- fix: m\n"
PY_HEAD = '"""\ntable: events\naction: {action}\nwhy: w\nfix: m\n"""\n'

Checked = Callable[..., QualityReport]


@pytest.fixture
def log(event: Callable[..., Event]) -> list[Event]:
    events = [event("click", i * 60, query_id=f"q{i}") for i in range(8)]
    return [*events, event("purchase", 600, price_minor=500, currency="EUR", quantity=1)]


@pytest.fixture
def checked(tmp_path: Path, log: list[Event]) -> Checked:
    """Files by name → the report of a run with them."""

    def run(files: dict[str, str], events: list[Event] | None = None, **own: Any) -> QualityReport:
        (tmp_path / "checks").mkdir(exist_ok=True)
        for name, text in files.items():
            (tmp_path / "checks" / name).write_text(text, encoding="utf-8")
        pq.write_table(events_to_table(events or log), tmp_path / "e.parquet")
        shop = [product("p1"), product("p2")]
        pq.write_table(products_to_table(shop), tmp_path / "p.parquet")
        rules = only("schema", rules=QualityRules.model_validate({"own": own} if own else {}))
        return clean(
            DuckTables(threads=1),
            events=[tmp_path / "e.parquet"],
            products=[tmp_path / "p.parquet"],
            out=tmp_path / "out",
            rules=rules,
            now_us=2_000_000_000_000_000,
            options=CleanOptions(
                custom=load_custom_checks(rules.own, tmp_path, [c.name for c in CHECKS])
            ),
        )

    return run


def product(product_id: str) -> Product:
    return Product(
        product_id=product_id, title_en=f"Thing {product_id}", price_minor=1000, currency="EUR"
    )


def found(tmp_path: Path) -> list[dict[str, Any]]:
    own = ("mine", "yours", "cheap", "off_by", "links")
    rows = pq.read_table(tmp_path / "out" / "findings.parquet").to_pylist()
    return [r for r in rows if r["check"] in own]


def test_a_check_in_sql_is_counted_limited_and_explained_like_ours(
    checked: Checked, tmp_path: Path
) -> None:
    text = (
        HEAD.format(action="quarantine")
        + "SELECT import_id, line FROM events WHERE price_minor < 600;\n"
    )
    report = checked({"cheap.sql": text}, stop_above=0.1)
    own = next(s for s in report.steps if s.step == "own" and s.table == "events")
    assert (own.n_in, own.n_quarantined) == (9, 1)
    assert [s.step for s in report.steps][-3:] == ["own", "coverage", "history"]
    assert any("own.stop_above" in x.name and x.verdict == "stop" for x in report.limits)
    assert "+" in report.rules_version
    assert "cheap" in (tmp_path / "out" / "report.html").read_text()
    own_of = load_custom_checks(QualityRules().own, tmp_path)
    assert "why: w" in explain("cheap", own_of)
    [finding] = found(tmp_path)
    assert finding["rule_version"] == own_of.checks[0].check.version


def test_a_repair_keeps_the_old_value_and_may_look_at_the_catalogue(
    checked: Checked, tmp_path: Path
) -> None:
    text = HEAD.format(action="repair") + (
        "-- field: price_minor\n"
        "WITH listed AS (SELECT product_id, price_minor AS right_price FROM products)\n"
        "SELECT import_id, line, right_price AS new, 'as listed' AS detail\n"
        "FROM events JOIN listed USING (product_id) WHERE price_minor < 600\n"
    )
    report = checked({"off_by.sql": text})
    assert report.table("events").n_repaired == 1
    [finding] = found(tmp_path)
    assert json.loads(finding["detail"]) == {
        "field": "price_minor",
        "old": "500",
        "new": "1000",
        "said": {"said": "as listed"},
    }
    rows = pq.read_table(tmp_path / "out" / "events").to_pylist()
    assert [r["price_minor"] for r in rows if r["event_type"] == "purchase"] == [1000]


def test_a_check_in_python_answers_with_a_mask_or_a_table(checked: Checked, tmp_path: Path) -> None:
    mask = PY_HEAD.format(action="note") + (
        "import pyarrow.compute as pc\n\n\ndef check(rows):\n    return pc.less(rows['price_minor'], 600)\n"
    )
    table = PY_HEAD.format(action="repair\nfield: currency\ncolumns: [currency]") + (
        "import pyarrow as pa\n\n\n"
        "def check(rows):\n"
        "    bad = [r for r in rows.to_pylist() if r['currency'] == 'EUR']\n"
        "    return pa.table({'import_id': [r['import_id'] for r in bad], 'line': [r['line'] for r in bad],\n"
        "                     'new': ['USD' for r in bad]},\n"
        "                    schema=pa.schema({'import_id': pa.int32(), 'line': pa.int64(), 'new': pa.string()}))\n"
    )
    checked({"mine.py": mask, "yours.py": table})
    assert [(f["check"], f["action"]) for f in found(tmp_path)] == [
        ("mine", "note"),
        ("yours", "repair"),
    ]


BAD = (
    (
        "sql",
        HEAD.format(action="note") + "SELECT import_id, line\nFROM events\nWHERE colour = 1",
        ", line 7: BinderException",
    ),
    ("sql", HEAD.format(action="note") + "SELEC import_id", ", line 5: ParserException"),
    ("sql", HEAD.format(action="note") + "SELECT 1; DROP TABLE events", ", line 5"),
    ("sql", HEAD.format(action="note") + "SELECT line FROM events", "lacks import_id"),
    ("sql", "-- table: events\n-- why: w\nSELECT 1", ", line 1: its header: fix"),
    ("sql", "SELECT 1", ", line 1: its header"),
    ("sql", "-- table: [\nSELECT 1", ", line 1: its header: it is not YAML"),
    ("sql", HEAD.format(action="maybe") + "SELECT 1", ", line 2: its header: action"),
    ("sql", HEAD.format(action="repair") + "SELECT 1", "a repair has a `field`"),
    (
        "sql",
        HEAD.format(action="repair")
        + "-- field: quantity\nSELECT import_id, line, 'many' AS new FROM events",
        "'many' cannot stand in quantity",
    ),
    (
        "sql",
        HEAD.format(action="repair")
        + "-- field: visitor_id\nSELECT import_id, line, NULL AS new FROM events",
        "None cannot stand in visitor_id",
    ),
    (
        "py",
        PY_HEAD.format(action="note")
        + "\ndef check(rows):\n    x = 1\n    return rows['colour']\n",
        ", line 10: KeyError",
    ),
    ("py", PY_HEAD.format(action="note") + "\ndef check(rows)\n", ", line 8: it is not Python"),
    ("py", PY_HEAD.format(action="note") + "check = 3\n", "no function check"),
    (
        "py",
        PY_HEAD.format(action="note") + "def check(rows):\n    return [True]\n",
        "one true or false a row",
    ),
    (
        "py",
        PY_HEAD.format(action="note") + "import nothing_of_that_name\n",
        ", line 7: ModuleNotFound",
    ),
    ("py", "'''table: events\nwhy: w\nfix: m\nowner: me'''\n", ", line 4: its header: owner"),
)


def test_checks_that_cannot_be_run_say_where_and_stop_themselves_only(
    checked: Checked, tmp_path: Path
) -> None:
    good = (
        HEAD.format(action="note") + "SELECT import_id, line FROM events WHERE price_minor < 600\n"
    )
    files = {"mine.sql": good, "bad_price.sql": good, "Bad-Name.sql": good}
    wanted = [
        ("bad_price.sql", "called 'bad_price' already"),
        ("Bad-Name.sql", "no name for a check"),
    ]
    for i, (name, text, says) in enumerate(BAD):
        files[f"bad_{i}.{name}"] = text
        wanted.append((f"bad_{i}.{name}", says))
    report = checked(files)
    said = {
        w.split(",")[0].removeprefix("own: "): w
        for w in report.not_checked
        if w.startswith("own: ")
    }
    for name, says in wanted:
        assert says in said[name], said[name]
    assert len(said) == len(wanted)
    assert [f["check"] for f in found(tmp_path)] == ["mine"]
    assert any("could not be run" in words for words in report.warnings)
    assert checked({}, on_error="stop").stops


def test_rows_that_are_not_there_and_rows_named_twice_are_one_finding_or_none(
    checked: Checked, tmp_path: Path
) -> None:
    text = HEAD.format(action="note") + (
        "SELECT import_id, line FROM events, range(3) WHERE price_minor < 600 UNION ALL SELECT 99, 99"
    )
    checked({"mine.sql": text})
    assert len(found(tmp_path)) == 1


def test_a_file_that_quality_yaml_names_and_that_is_not_there_is_said(checked: Checked) -> None:
    report = checked({}, checks=["nowhere.sql"])
    assert any("nowhere.sql" in words for words in report.not_checked)


def test_the_examples_in_the_documentation_run(
    checked: Checked, log: list[Event], event: Callable[..., Event], tmp_path: Path
) -> None:
    page = DOCS.read_text(encoding="utf-8")
    files = dict(re.findall(r"`checks/(\w+\.\w+)`:\n\n```\w+\n(.*?)```", page, re.S))
    assert len(files) >= 4
    log += [
        event(
            "cancel",
            900,
            product_id="p1",
            order_id="o1",
            price_minor=2_500,
            currency="EUR",
            quantity=1,
        ),
        event("review", 901, text="see https://spam.example now", rating=5.0),
        event("search", 902, product_id=None, query_text="  红色 mug  "),
    ]
    report = checked(files, log)
    assert [words for words in report.not_checked if words.startswith("own")] == []
    counts = {f.check: f.n_rows for f in report.findings if f.step == "own"}
    once = {name.split(".")[0]: 1 for name in files if not name.endswith(".yaml")}
    assert counts == once | {"no_brand": 2}


@pytest.mark.parametrize(
    ("header", "is_read"),
    [
        ("then: quarantine\n-- mend: m", True),
        ("action: quarantine\n-- mend: m", True),
        ("then: quarantine\n-- action: note\n-- fix: m", False),
    ],
)
def test_the_header_names_of_earlier_versions_still_count_and_two_for_one_thing_do_not(
    tmp_path: Path, header: str, is_read: bool
) -> None:
    (tmp_path / "checks").mkdir()
    text = f"-- table: events\n-- {header}\n-- why: w\nSELECT import_id, line FROM events"
    (tmp_path / "checks" / "old.sql").write_text(text)
    custom = load_custom_checks(QualityRules().own, tmp_path)
    checks = [(c.check.action, c.check.fix) for c in custom.checks]
    assert checks == ([("quarantine", "m")] if is_read else [])
