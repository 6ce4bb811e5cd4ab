"""Which rules ``bench/line.py`` compares, and how its table says so."""

from __future__ import annotations

from pathlib import Path

from baihuo.quality import load_rules
from baihuo.quality.registry import CHECKS
from suites.line.rules import OF_SCRIPT, more_than_script, write_quality_yaml
from suites.tables.line import line

BENCH = Path(__file__).parents[2] / "bench"


def test_the_rules_of_the_script_are_all_that_is_left_on(tmp_path: Path) -> None:
    rules = load_rules(write_quality_yaml("script", tmp_path / "quality.yaml"))
    left = {check.name for check in CHECKS} - rules.skipped_checks
    assert left == OF_SCRIPT | {"no_consent"}
    assert set(rules.skip) == set(more_than_script())
    every = load_rules(write_quality_yaml("all", tmp_path / "quality.yaml"))
    assert not every.skipped_checks


def test_each_check_of_the_script_is_named_in_its_code() -> None:
    code = "".join(p.read_text("utf-8") for p in (BENCH / "suites/line/by_hand").glob("*.py"))
    assert [name for name in sorted(OF_SCRIPT) if name not in code] == []


def test_the_table_says_which_rules_ran() -> None:
    took = dict.fromkeys(("cpu_s", "import_cpu_s", "clean_cpu_s", "features_cpu_s", "wall_s"), 2.0)
    rows = [
        {"system": "baihuo", "rules": "all", "events": 10, "peak_mb": 1, **took},
        {"system": "baihuo", "rules": "script", "events": 10, "peak_mb": 1, **took},
        {"system": "by_hand", "rules": "script", "events": 10, "peak_mb": 1, **took},
        {"steps": "baihuo", "rules": "all", "events": 10, "cpu_s": {"events: schema": 1.0}},
        {"ratio": "baihuo / by_hand", "rules": "all", "events": 10, **took},
        {"ratio": "baihuo / by_hand", "rules": "script", "events": 10, **took},
    ]
    text = line(rows)
    assert text.count("| baihuo / by_hand | 10 |") == 1
    assert text.count("| baihuo, the script's rules alone | 10 |") == 1
    assert text.count("| baihuo / by_hand, the script's rules alone | 10 |") == 1
    assert text.count("| by_hand | 10 |") == 1
