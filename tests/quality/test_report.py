from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from baihuo.core import BadInput, NotFound, QualityStop
from baihuo.quality import (
    Check,
    QualityReport,
    QualityRules,
    StepCount,
    default_rules_text,
    load_rules,
)
from baihuo.quality.limits import Limits
from baihuo.quality.registry import STEPS_BY_TABLE
from baihuo.quality.spec import describe

pytestmark = pytest.mark.checks("schema")


def half_dirty(event: Any, cleaned: Any, **rules: Any) -> Any:
    events = [event("click", i * 60, query_id=f"q{i}") for i in range(6)]
    events += [event("dwell", i * 60, dwell_ms=-1) for i in range(4)]
    return cleaned(events, rules=QualityRules.model_validate(rules))


def test_dirt_above_its_limit_stops_training_and_says_why_and_what_to_do(
    event: Any, cleaned: Any
) -> None:
    run = half_dirty(event, cleaned, owner="data@shop", schema={"stop_above": 0.3})
    with pytest.raises(QualityStop) as stopped:
        run.report.raise_if_stopped()
    assert "schema touched 40.00% of events (4 quarantined" in stopped.value.what
    for part in (
        "schema.stop_above",
        "quality.yaml",
        "report.html",
        "--explain bad_dwell",
        "data@shop",
    ):
        assert part in stopped.value.fix


def test_a_limit_can_warn_or_keep_silent(event: Any, cleaned: Any) -> None:
    warned = half_dirty(event, cleaned, schema={"warn_above": 0.1, "stop_above": None})
    warned.report.raise_if_stopped()
    assert len(warned.report.warnings) == 1
    silent = half_dirty(event, cleaned, schema={"warn_above": None, "stop_above": None})
    assert (silent.report.stops, silent.report.warnings) == ([], [])


def test_too_few_rows_and_too_much_quarantine_stop_training(event: Any, cleaned: Any) -> None:
    loose = {"schema": {"stop_above": None, "warn_above": None}}
    run = half_dirty(event, cleaned, min_events=7, max_quarantined=0.39, **loose)
    assert len(run.report.stops) == 2
    run = half_dirty(event, cleaned, min_events=6, max_quarantined=0.4, **loose)
    assert run.report.stops == []


def test_a_report_survives_its_file_and_keeps_its_names(event: Any, cleaned: Any) -> None:
    run = half_dirty(event, cleaned)
    path = run.out / "report.json"
    assert QualityReport.load(path) == run.report
    body = json.loads(path.read_text())
    assert body["schema_version"] == 1
    assert body["tables"]["events"] == {
        "step": "all",
        "table": "events",
        "n_in": 10,
        "n_kept": 6,
        "n_quarantined": 4,
        "n_merged": 0,
        "n_repaired": 0,
        "n_erased": 0,
        "n_noted": 0,
    }
    assert set(body) == {
        "schema_version",
        "verdict",
        "tables",
        "stops",
        "warnings",
        "noted",
        "files",
        "rules_version",
        "owner",
        "note",
        "steps",
        "findings",
        "limits",
        "days",
        "not_checked",
        "checked_at_us",
        "run_id",
        "version",
        "looked_at",
        "refused",
        "withheld",
    }
    with pytest.raises(NotFound, match="baihuo check"):
        QualityReport.load(run.out / "none.json")
    path.write_text(json.dumps({**body, "schema_version": 99}))
    with pytest.raises(BadInput, match="version"):
        QualityReport.load(path)


def test_a_count_that_does_not_add_up_cannot_be_made() -> None:
    with pytest.raises(RuntimeError, match="went missing"):
        StepCount("schema", "events", 10, 5, 4, 0, 0)


def test_a_check_with_an_example_shows_it() -> None:
    check = Check(
        name="x", step="schema", on="events", action="note", why="w", fix="m", example="e"
    )
    assert "  example: e" in describe(check)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.checks("schema", "duplicates", "orphans")
def test_the_page_fetches_nothing_runs_nothing_and_escapes_what_came_from_data(
    event: Any, cleaned: Any
) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=y>"
    run = cleaned(
        [event(product_id=evil), event("click", 86_400), event("click", 86_400.5)],
        rules=QualityRules(owner=evil, note=evil),
    )
    page = (run.out / "report.html").read_text(encoding="utf-8")
    parsed = _Tags()
    parsed.feed(page)
    names = {tag for tag, _ in parsed.tags}
    assert not names & {"script", "img", "link", "iframe", "object"}
    assert not any(
        k in ("src", "href") or k.startswith("on") for _, attrs in parsed.tags for k in attrs
    )
    assert "url(" not in page
    assert "&lt;script&gt;" in page
    charts = re.findall(r"<svg.*?</svg>", page, re.S)
    assert len(charts) == 4  # two flows, the checks, the days
    for chart in charts:
        ET.fromstring(chart)
    assert len(page) < 100_000


def test_the_default_file_says_what_the_defaults_are(tmp_path: Path) -> None:
    path = tmp_path / "quality.yaml"
    path.write_text(default_rules_text(), encoding="utf-8")
    assert load_rules(path) == load_rules(None) == QualityRules()
    settings = set(re.findall(r"^\s*(\w+):", default_rules_text(), re.M))
    said = QualityRules().model_dump(by_alias=True)
    known = set(said) | {k for v in said.values() if isinstance(v, dict) for k in v}
    assert settings | set(Limits.model_fields) == known  # every setting is in the file


def test_every_group_gets_the_section_of_quality_yaml_that_has_its_name() -> None:
    groups = {step.name: step for steps in STEPS_BY_TABLE.values() for step in steps}
    assert {name: type(QualityRules().limits(name)) for name in groups} == {
        name: group.settings for name, group in groups.items()
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("schema: {max_quantitty: 3}", "schema.max_quantitty"),
        ("spelling: {}", "spelling"),
        ("times: {max_delay_days: -1}", "times.max_delay_days"),
        ("prices: {bulk_ratio: .inf}", "prices.bulk_ratio"),
        ("prices: {min_ratio: .nan}", "prices.min_ratio"),
        ("order: {returns_days: 99999}", "order.returns_days"),
        ("prices: {warn_above: 0.5, stop_above: 0.1}", "warn_above must not be larger"),
        ("notes: {stop_above: {hole_in_lgo: 0}}", "hole_in_lgo"),
        ("notes: {warn_above: {hole_in_log: -1}}", "hole_in_log"),
        ("notes: {limit: 1}", "notes.limit"),
        ("max_noted: 2", "max_noted"),
        ("schema: [", "not YAML"),
        ("- a\n- b", "the whole file"),
    ],
)
def test_a_wrong_rule_is_an_error_that_names_it(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "quality.yaml"
    path.write_text(text)
    with pytest.raises(BadInput, match=re.escape(says)):
        load_rules(path)


def test_equal_rules_have_one_version_and_other_rules_another() -> None:
    assert QualityRules().rules_version == QualityRules().rules_version
    other = QualityRules.model_validate({"prices": {"min_ratio": 11}})
    assert other.rules_version != QualityRules().rules_version
